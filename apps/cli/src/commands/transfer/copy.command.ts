import { type Command, Option } from 'commander';
import { withTarget } from '../../options/target-options.js';
import { commandActor } from '../../shell/actor.js';
import { confirm } from '../../shell/confirm.js';
import { EXIT, type ExitCode, type Io, UnusableError } from '../../shell/io.js';
import { report } from '../../shell/report.js';
import { withFleet } from '../../target/deployment.js';
import type { TargetOptions } from '../../target/target.js';
import { relocate } from '../workers/workers.command.js';
import { type CopyFlags, copyOptionsOf, textOfTransfer, withCopyFlags } from './copy-flags.js';
import { contentsOf, type FilesFlags, textOfContents, withoutFiles } from './files-flag.js';
import { withTransferProgress } from './transfer-progress.js';

interface BetweenOptions extends TargetOptions, CopyFlags, FilesFlags {
  readonly json?: boolean;
  readonly yes?: boolean;
}

interface MoveOptions extends BetweenOptions {
  /** A worker of Citus. */
  readonly to?: string;
}

const COPY_HELP = `
All or nothing, while both tenants serve requests. Tables that the chosen ones refer to come along. Rows that are there
already, equal in every column, are no conflict. Exit status: 0; 1 when it was refused, failed or was interrupted, and then
nothing was changed; 2 when the command could not start.

Examples:
  $ rowhouse copy acme globex --table orders --dry-run
  $ rowhouse copy acme globex --table orders --on-conflict remap
  $ rowhouse copy acme globex --table countries,currencies --on-conflict overwrite
`;

const MOVE_HELP = `
Copies the rows, verifies them, and removes them at the source; rows that are skipped stay there. Tables that the chosen
ones refer to are copied and stay. Exit status: 0; 1 when it was refused, failed or was interrupted, and then nothing was
changed (between databases, after a crash: run it again, which finishes it); 2 when the command could not start. Files that
--without-files leaves behind have no rows any more: the clean-up of files removes them a day later.

With --to the whole tenant goes to another worker of Citus, while it is served, and stays the tenant that it is: the same as
rowhouse workers relocate. Moves that even out the workers: rowhouse workers rebalance.

Examples:
  $ rowhouse move acme globex --dry-run
  $ rowhouse move acme globex --on-conflict remap      # merges two customers
  $ rowhouse move acme globex --table orders --yes
  $ rowhouse move acme --to worker-2
`;

export function addCopy(program: Command, io: Io, done: (code: ExitCode) => void): void {
  withoutFiles(withCopyFlags(withTarget(program.command('copy'))))
    .description('copies rows of a tenant to another tenant')
    .argument('<from>', 'slug or id')
    .argument('<to>', 'slug or id')
    .option('--dry-run', 'counts rows and conflicts, and changes nothing')
    .addHelpText('after', COPY_HELP)
    .action(async (from, to, options) => done(await copy(from, to, options, io)));
}

export function addMove(program: Command, io: Io, done: (code: ExitCode) => void): void {
  withoutFiles(withCopyFlags(withTarget(program.command('move'))))
    .description('moves rows of a tenant to another tenant, or a tenant to another worker of Citus')
    .argument('<from>', 'slug or id')
    .argument('[to]', 'slug or id')
    .option('--dry-run', 'counts rows and conflicts, and changes nothing')
    .option('--yes', 'does not ask for confirmation')
    .addOption(
      new Option(
        '--to <worker>',
        'a worker of Citus: host:port, or the host where one worker has it',
      ).conflicts(['dryRun', 'table', 'dependencies', 'onConflict', 'withoutFiles']),
    )
    .addHelpText('after', MOVE_HELP)
    .action(async (from, to, options) => done(await move(from, to, options, io)));
}

function copy(from: string, to: string, options: BetweenOptions, io: Io): Promise<ExitCode> {
  return transfer('copyRows', from, to, options, io);
}

async function move(from: string, to: string | undefined, options: MoveOptions, io: Io): Promise<ExitCode> {
  const { to: worker } = options;
  if ((to === undefined) === (worker === undefined))
    throw new UnusableError('Name the tenant that the rows go to, or a worker of Citus with --to.');
  if (to === undefined) return relocate(from, { ...options, to: worker as string }, io);
  const what = options.table ? `the rows of ${options.table.join(', ')}` : 'all rows';
  if (!options.dryRun)
    await confirm(`Move ${what} of ${from} to ${to}, and remove them from ${from}?`, options, io);
  return transfer('moveRows', from, to, options, io);
}

async function transfer(
  how: 'copyRows' | 'moveRows',
  from: string,
  to: string,
  options: BetweenOptions,
  io: Io,
): Promise<ExitCode> {
  const result = await withFleet(options, io, { app: false, movesRows: true }, async (fleet) => {
    const { [how]: work } = await import('@rowhouse/transfer');
    return withTransferProgress(io, (control) =>
      work(fleet, from, to, copyOptionsOf(options), {
        ...control,
        ...contentsOf(options),
        by: commandActor(),
      }),
    );
  });
  const done = how === 'copyRows' ? 'copied' : 'moved';
  report(
    io,
    options,
    result,
    `${textOfTransfer(result, `${done} from ${from} to ${to}`)}${textOfContents(result.contents)}`,
  );
  return EXIT.ok;
}
