import { counted } from '@rowhouse/core/internal';
import type { Command } from 'commander';
import { withTarget } from '../../options/target-options.js';
import { commandActor } from '../../shell/actor.js';
import { confirm } from '../../shell/confirm.js';
import { EXIT, type ExitCode, type Io } from '../../shell/io.js';
import { onOneLine, print } from '../../shell/print.js';
import { report, table } from '../../shell/report.js';
import { sizeText } from '../../shell/size-text.js';
import { withFleet } from '../../target/deployment.js';
import type { TargetOptions } from '../../target/target.js';

interface WorkersOptions extends TargetOptions {
  readonly json?: boolean;
  readonly yes?: boolean;
  readonly plan?: boolean;
}

interface RelocateOptions extends TargetOptions {
  readonly json?: boolean;
  readonly to: string;
}

const LIST_HELP = `
Workers are the servers of Citus that hold the schemas of tenants; without Citus there are none. Exit status: 0; 2 when the
command could not start.

Examples:
  $ rowhouse workers list
`;

const RELOCATE_HELP = `
Writes wait for moments at the end of the move. Ctrl-C ends it: the tables stay where they were. Exit status: 0; 1 when they
could not be moved; 2 when there is no such tenant or worker.

Examples:
  $ rowhouse workers relocate acme --to worker-2
`;

const REBALANCE_HELP = `
Tenants are moved one after the other. Exit status: 0; 1 when one could not be moved; 2 when the command could not start.

Examples:
  $ rowhouse workers rebalance --plan
  $ rowhouse workers rebalance --yes
`;

/** The commands for the servers of a Citus cluster. */
export function addWorkers(program: Command, io: Io, done: (code: ExitCode) => void): void {
  const workers = program
    .command('workers')
    .description('shows the workers of Citus, and moves tenants between them');

  withTarget(workers.command('list'))
    .description('lists the workers, with the number and the size of their tenants')
    .addHelpText('after', LIST_HELP)
    .action(async (options) => done(await listWorkers(options, io)));

  withTarget(workers.command('relocate'))
    .description('moves the tables of a tenant to another worker, while the tenant is served')
    .argument('<tenant>', 'slug or id')
    .requiredOption('--to <worker>', 'host:port, or the host where one worker has it')
    .addHelpText('after', RELOCATE_HELP)
    .action(async (tenant, options) => done(await relocate(tenant, options, io)));

  withTarget(workers.command('rebalance'))
    .description('moves tenants until the workers hold about the same')
    .option('--plan', 'shows the moves, and makes none')
    .option('--yes', 'does not ask for confirmation')
    .addHelpText('after', REBALANCE_HELP)
    .action(async (options) => done(await rebalance(options, io)));
}

async function listWorkers(options: WorkersOptions, io: Io): Promise<ExitCode> {
  const workers = await withFleet(options, io, { app: false }, (fleet) => fleet.workers.list());
  const rows = workers.map(({ name, tenants, sizeBytes }) => [name, String(tenants), sizeText(sizeBytes)]);
  const text = rows.length === 0 ? 'No workers.' : table(['WORKER', 'TENANTS', 'SIZE'], rows);
  report(io, options, { workers }, text);
  return EXIT.ok;
}

/** Moves a tenant to another worker, also for `rowhouse move <tenant> --to <worker>`. */
export async function relocate(slugOrId: string, options: RelocateOptions, io: Io): Promise<ExitCode> {
  const worker = await withFleet(options, io, { app: false }, (fleet) =>
    fleet.workers.relocate(slugOrId, options.to, {
      by: commandActor(),
      signal: io.signal,
      onProgress: ({ copiedBytes, totalBytes }) =>
        print(io.stderr, `${slugOrId}: ${sizeText(copiedBytes)} of ${sizeText(totalBytes)}\n`),
    }),
  );
  report(io, options, { worker }, `The tables of ${slugOrId} are on ${worker}.`);
  return EXIT.ok;
}

async function rebalance(options: WorkersOptions, io: Io): Promise<ExitCode> {
  return withFleet(options, io, { app: false }, async ({ workers }) => {
    const moves = await workers.plan();
    const lines = moves.map(
      ({ slug, from, to, sizeBytes }) => `${slug}: ${from} → ${to} (${sizeText(sizeBytes)})`,
    );
    if (options.plan || moves.length === 0) {
      report(io, options, { moves }, lines.length === 0 ? 'Nothing to move.' : lines.join('\n'));
      return EXIT.ok;
    }
    await confirm(`Move ${counted(moves.length, 'tenant')} to other workers?`, options, io);
    const failed: { slug: string; error: string }[] = [];
    for (const { slug, to } of moves) {
      io.signal?.throwIfAborted();
      try {
        await workers.relocate(slug, to, { by: commandActor(), signal: io.signal });
        print(io.stderr, `✓ ${slug}\n`);
      } catch (error) {
        io.signal?.throwIfAborted();
        const message = onOneLine((error as Error).message);
        failed.push({ slug, error: message });
        print(io.stderr, `✗ ${slug}: ${message}\n`);
      }
    }
    const summary = `${moves.length - failed.length} moved, ${failed.length} failed.`;
    report(io, options, { moves, failed }, summary);
    return failed.length > 0 ? EXIT.failed : EXIT.ok;
  });
}
