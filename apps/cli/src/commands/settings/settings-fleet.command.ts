import { checkSettings, rotateKeys } from '@rowhouse/admin/services';
import { counted } from '@rowhouse/core/internal';
import type { Command } from 'commander';
import { withTarget } from '../../options/target-options.js';
import { EXIT, type ExitCode, type Io, UnusableError } from '../../shell/io.js';
import { progressOn } from '../../shell/progress.js';
import { report, table } from '../../shell/report.js';
import { type SettingsOptions, withSettings } from './with-settings.js';

const CHECK_HELP = `
Holds what tenants override to the schema of the config. Values are not shown. Where one does not fit, the default is in
force.
Exit status: 0; 1 when something does not fit; 2 when the command could not start.

Examples:
  $ rowhouse settings check          # before a release with another schema
  $ rowhouse settings check --json
`;

const ROTATE_HELP = `
Encrypts the data key of each tenant anew by the current key of the config. Afterwards older keys are not needed any more. A
run that is interrupted is continued by the next one. Exit status: 0; 1 when it was interrupted, or a data key could not be
decrypted; 2 when the command could not start.

Examples:
  $ rowhouse settings rotate-keys
`;

export function addSettingsFleet(settings: Command, io: Io, done: (code: ExitCode) => void): void {
  withTarget(settings.command('check'))
    .description('lists overrides that do not fit the schema, of all tenants')
    .addHelpText('after', CHECK_HELP)
    .action(async (options) => done(await check(options, io)));

  withTarget(settings.command('rotate-keys'))
    .description('encrypts data keys by the current key')
    .addHelpText('after', ROTATE_HELP)
    .action(async (options) => done(await rotate(options, io)));
}

async function check(options: SettingsOptions, io: Io): Promise<ExitCode> {
  const found = await withSettings(options, io, ({ catalog, store }) =>
    checkSettings(catalog, store.shape, { signal: io.signal }),
  );
  const rows = found.misfits.map(({ slug, path, problem }) => [slug, path, problem]);
  const text =
    rows.length === 0
      ? `The settings of ${counted(found.checked, 'tenant')} fit.`
      : table(['TENANT', 'SETTING', 'PROBLEM'], rows);
  report(io, options, found, text);
  return rows.length === 0 ? EXIT.ok : EXIT.failed;
}

async function rotate(options: SettingsOptions, io: Io): Promise<ExitCode> {
  const progress = progressOn(io.stderr, 'tenant');
  const result = await withSettings(options, io, ({ catalog, store }) => {
    const { keys } = store.shape;
    if (!keys) throw new UnusableError('The settings of the config have no keys.');
    return rotateKeys(catalog, keys, { signal: io.signal, onProgress: (state) => progress.show(state) });
  }).finally(() => progress.end());
  const { rotated, current, isComplete, failed } = result;
  const summary = `${counted(rotated, 'data key')} encrypted anew by "${current}".`;
  const rows = failed.map(({ slug, keyId, error }) => [slug, keyId, error]);
  const parts = [
    summary,
    ...(isComplete ? [] : ['Interrupted. Run it again to continue.']),
    ...(rows.length > 0 ? [table(['TENANT', 'KEY', 'ERROR'], rows)] : []),
  ];
  report(io, options, result, parts.join('\n\n'));
  return isComplete && failed.length === 0 ? EXIT.ok : EXIT.failed;
}
