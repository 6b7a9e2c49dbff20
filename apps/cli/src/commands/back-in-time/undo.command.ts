import type { Command } from 'commander';
import { withTarget } from '../../options/target-options.js';
import { commandActor } from '../../shell/actor.js';
import { confirm } from '../../shell/confirm.js';
import { EXIT, type ExitCode, type Io } from '../../shell/io.js';
import { report } from '../../shell/report.js';
import { withFleet } from '../../target/deployment.js';
import type { TargetOptions } from '../../target/target.js';

interface UndoOptions extends TargetOptions {
  readonly json?: boolean;
  readonly yes?: boolean;
}

const HELP = `
A take back can be undone for 30 days, unless one of its rows has been changed since. Repeated, it undoes the one before.
Asks for confirmation; without a terminal, give --yes. Exit status: 0; 1 when it was refused, failed or was interrupted, and
then nothing was changed; 2 when the command could not start.

Examples:
  $ rowhouse take-back acme --from acme-at-20261127-143000
  $ rowhouse undo acme
  $ rowhouse undo acme --yes
`;

export function addUndo(program: Command, io: Io, done: (code: ExitCode) => void): void {
  withTarget(program.command('undo'))
    .description('undoes the last take-back of a tenant')
    .argument('<tenant>', 'slug or id')
    .option('--yes', 'does not ask for confirmation')
    .addHelpText('after', HELP)
    .action(async (tenant, options) => done(await undo(tenant, options, io)));
}

async function undo(slugOrId: string, options: UndoOptions, io: Io): Promise<ExitCode> {
  const result = await withFleet(options, io, { app: false }, async (fleet) => {
    const { undoTakeBack } = await import('@rowhouse/transfer');
    const tenant = await fleet.tenants.find(slugOrId);
    await confirm(`Undo the last take back of ${tenant.slug}?`, options, io);
    return {
      slug: tenant.slug,
      ...(await undoTakeBack(fleet, tenant, { signal: io.signal, by: commandActor() })),
    };
  });
  const { slug, from, takenAt, tables } = result;
  report(
    io,
    options,
    result,
    `Rows of ${slug} in ${tables.join(', ')} are as they were before they were taken from ${from} at ${new Date(takenAt).toISOString()}.`,
  );
  return EXIT.ok;
}
