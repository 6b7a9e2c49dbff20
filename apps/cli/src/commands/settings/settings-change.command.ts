import type { Command } from 'commander';
import { withTarget } from '../../options/target-options.js';
import { count } from '../../options/values.js';
import { commandActor } from '../../shell/actor.js';
import { EXIT, type ExitCode, type Io, UnusableError } from '../../shell/io.js';
import { report } from '../../shell/report.js';
import { historyText, settingsText } from './settings-text.js';
import { type SettingsOptions, withSettings } from './with-settings.js';

const GET_HELP = `
Secrets are not shown. Exit status: 0; 2 when there is no such tenant.

Examples:
  $ rowhouse settings get acme
  $ rowhouse settings get acme --json
`;

const SET_HELP = `
The value is JSON, or a text. A secret belongs into a variable of the environment: others see the command line.
Exit status: 0; 2 when there is no such tenant, or the value does not fit the schema.

Examples:
  $ rowhouse settings set acme smtp.port 587
  $ rowhouse settings set acme smtp.password --from-env SMTP_PASSWORD
`;

const UNSET_HELP = `
Exit status: 0; 2 when there is no such tenant.

Examples:
  $ rowhouse settings unset acme smtp.port smtp.host
  $ rowhouse settings unset acme smtp
`;

const HISTORY_HELP = `
The JSON is {"changes": [...], "next"?}: "next" is for --before. Exit status: 0; 2 when there is no such tenant.

Examples:
  $ rowhouse settings history acme
  $ rowhouse settings history acme --before 12 --json
`;

interface SetOptions extends SettingsOptions {
  readonly fromEnv?: string;
}

interface HistoryOptions extends SettingsOptions {
  readonly limit?: number;
  readonly before?: number;
}

export function addSettingsChanges(settings: Command, io: Io, done: (code: ExitCode) => void): void {
  withTarget(settings.command('get'))
    .description('shows the settings of a tenant')
    .argument('<tenant>', 'slug or id')
    .addHelpText('after', GET_HELP)
    .action(async (tenant, options) => done(await get(tenant, options, io)));

  withTarget(settings.command('set'))
    .description('overrides a setting')
    .argument('<tenant>', 'slug or id')
    .argument('<path>', 'smtp.port')
    .argument('[value]')
    .option('--from-env <name>', 'takes the value from a variable of the environment')
    .addHelpText('after', SET_HELP)
    .action(async (tenant, path, value, options) => done(await set(tenant, path, value, options, io)));

  withTarget(settings.command('unset'))
    .description('takes overrides back')
    .argument('<tenant>', 'slug or id')
    .argument('<paths...>', 'smtp.port, or smtp for all below')
    .addHelpText('after', UNSET_HELP)
    .action(async (tenant, paths, options) => done(await unset(tenant, paths, options, io)));

  withTarget(settings.command('history'))
    .description('lists the changes of settings, latest first')
    .argument('<tenant>', 'slug or id')
    .option('--limit <n>', 'how many (default: 50)', count)
    .option('--before <version>', 'continues after a page: its "next"', count)
    .addHelpText('after', HISTORY_HELP)
    .action(async (tenant, options) => done(await history(tenant, options, io)));
}

async function get(slugOrId: string, options: SettingsOptions, io: Io): Promise<ExitCode> {
  const view = await withSettings(options, io, async ({ store, tenant }) =>
    store.read((await tenant(slugOrId)).id),
  );
  report(io, options, view, settingsText(view));
  return EXIT.ok;
}

async function set(
  slugOrId: string,
  path: string,
  value: string | undefined,
  options: SetOptions,
  io: Io,
): Promise<ExitCode> {
  const text = value ?? (options.fromEnv === undefined ? undefined : io.env[options.fromEnv]);
  if (text === undefined || (value !== undefined && options.fromEnv !== undefined))
    throw new UnusableError('Give a value, or --from-env with the name of a variable that is set.');
  const view = await withSettings(options, io, async ({ store, tenant }) => {
    const { id } = await tenant(slugOrId);
    const given = store.shape.isText(path) ? text : jsonOr(text);
    if (given === null)
      throw new UnusableError('null is no setting. `rowhouse settings unset` takes an override back.');
    return store.patch(id, nested(path.split('.'), given), { by: commandActor() });
  });
  report(io, options, view, `${path} of ${slugOrId} is set. Version ${view.version}.`);
  return EXIT.ok;
}

async function unset(
  slugOrId: string,
  paths: readonly string[],
  options: SettingsOptions,
  io: Io,
): Promise<ExitCode> {
  const view = await withSettings(options, io, async ({ store, tenant }) =>
    store.unset((await tenant(slugOrId)).id, paths, { by: commandActor() }),
  );
  report(io, options, view, `${paths.join(', ')} of ${slugOrId}: not overridden. Version ${view.version}.`);
  return EXIT.ok;
}

async function history(
  slugOrId: string,
  { limit = 50, before, ...options }: HistoryOptions,
  io: Io,
): Promise<ExitCode> {
  const found = await withSettings(options, io, async ({ store, tenant }) =>
    store.history((await tenant(slugOrId)).id, { limit: limit + 1, before }),
  );
  const changes = found.slice(0, limit);
  const next = found.length > limit ? changes.at(-1)?.version : undefined;
  const more = next === undefined ? '' : `\n\nMore: rowhouse settings history ${slugOrId} --before ${next}`;
  report(io, options, { changes, next }, historyText(changes) + more);
  return EXIT.ok;
}

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function nested([key = '', ...rest]: readonly string[], value: unknown): { readonly [key: string]: unknown } {
  return { [key]: rest.length > 0 ? nested(rest, value) : value };
}
