import type { Fleet, RunControl, RunReport } from '@rowhouse/migrations/fleet';
import type { RunLedger } from '@rowhouse/migrations/internal';
import { type Command, Option } from 'commander';
import { withTarget } from '../../options/target-options.js';
import { count } from '../../options/values.js';
import { EXIT, type ExitCode, type Io, UnusableError } from '../../shell/io.js';
import { report } from '../../shell/report.js';
import { withCatalog } from '../../target/catalog.js';
import { withFleet } from '../../target/deployment.js';
import type { TargetOptions } from '../../target/target.js';
import { homesText, reportRun, runsText, runText } from './migration-text.js';
import { withRunProgress } from './run-progress.js';

interface RunsOptions extends TargetOptions {
  readonly json?: boolean;
  readonly limit?: number;
}

interface ShowOptions extends RunsOptions {
  readonly state?: 'pending' | 'done' | 'failed' | 'skipped';
  readonly after?: string;
}

const RUNS_HELP = `
Exit status: 0; 2 when the command could not start.

Examples:
  $ rowhouse migration runs
  $ rowhouse migration show
  $ rowhouse migration show --state failed --json
`;

const CONTINUE_HELP = `
Without an id, the last run is meant. Exit status: as for migration run.

Examples:
  $ rowhouse migration resume          # after a crash, a pause or Ctrl-C: continues with the pending homes
  $ rowhouse migration retry           # and with the failed homes
  $ rowhouse migration cancel          # from another terminal: starts no further home
`;

const RUN = ['[run]', 'the id of the run', 'last'] as const;

export function addRuns(migration: Command, io: Io, done: (code: ExitCode) => void): void {
  withTarget(migration.command('runs'))
    .description('lists the latest runs')
    .option('--limit <n>', 'at most this many (default: 20)', count)
    .addHelpText('after', RUNS_HELP)
    .action(async (options) => done(await listRuns(options, io)));

  withTarget(migration.command('show'))
    .description('shows a run and its homes')
    .argument(...RUN)
    .addOption(
      new Option('--state <state>', 'only homes in this state').choices([
        'pending',
        'done',
        'failed',
        'skipped',
      ]),
    )
    .option('--limit <n>', 'at most this many homes', count)
    .option('--after <label>', 'only homes after this one')
    .addHelpText('after', RUNS_HELP)
    .action(async (id, options) => done(await showRun(id, options, io)));

  for (const [name, description] of [
    ['resume', 'continues a run that did not finish'],
    ['retry', 'continues a run, and tries failed homes again'],
  ] as const) {
    withTarget(migration.command(name))
      .description(description)
      .argument(...RUN)
      .addHelpText('after', CONTINUE_HELP)
      .action(async (id, options) =>
        done(
          await continueRun(id, options, io, (fleet, run, control) => fleet.migrations[name](run, control)),
        ),
      );
  }

  withTarget(migration.command('cancel'))
    .description('asks the process that works on a run to stop')
    .argument(...RUN)
    .addHelpText('after', CONTINUE_HELP)
    .action(async (id, options) => done(await cancelRun(id, options, io)));
}

async function listRuns(options: RunsOptions, io: Io): Promise<ExitCode> {
  const { limit = 20 } = options;
  const runs = await withRuns(options, io, (ledger) => ledger.list({ limit }));
  report(io, options, { runs }, runsText(runs));
  return EXIT.ok;
}

async function showRun(id: string, options: ShowOptions, io: Io): Promise<ExitCode> {
  const { state, limit, after } = options;
  return withRuns(options, io, async (runs) => {
    const run = await runs.find(id === 'last' ? idOfLast(await runs.list({ limit: 1 })) : id);
    const homes = run.id === undefined ? [] : await runs.homes(run.id, { state, limit, after });
    report(io, options, { run, homes }, `${homesText(homes)}\n\n${runText(run)}`.trimStart());
    return EXIT.ok;
  });
}

async function withRuns<T>(options: RunsOptions, io: Io, work: (runs: RunLedger) => Promise<T>): Promise<T> {
  const { RunLedger } = await import('@rowhouse/migrations/internal');
  return withCatalog(options, io, (catalog) => work(new RunLedger(catalog)));
}

async function continueRun(
  id: string,
  options: RunsOptions,
  io: Io,
  work: (fleet: Fleet, id: string, control: RunControl) => Promise<RunReport>,
): Promise<ExitCode> {
  const result = await withFleet(options, io, { app: true }, async (fleet) => {
    const run = await idOf(fleet.migrations, id);
    return withRunProgress(io, (control) => work(fleet, run, control));
  });
  return reportRun(result, options, io);
}

async function cancelRun(id: string, options: RunsOptions, io: Io): Promise<ExitCode> {
  const run = await withFleet(options, io, { app: false }, async ({ migrations }) =>
    migrations.cancel(await idOf(migrations, id)),
  );
  report(io, options, run, runText(run));
  return EXIT.ok;
}

async function idOf(migrations: Fleet['migrations'], id: string): Promise<string> {
  return id === 'last' ? idOfLast(await migrations.runs({ limit: 1 })) : id;
}

function idOfLast([last]: readonly RunReport[]): string {
  if (last?.id === undefined) throw new UnusableError('There has been no run.');
  return last.id;
}
