import type { FleetStatus, VerifyReport } from '@rowhouse/migrations/fleet';
import { type Command, Option } from 'commander';
import { type RunCommandOptions, runOptionsOf, withRunOptions } from '../../options/run-options.js';
import { withTarget } from '../../options/target-options.js';
import { count } from '../../options/values.js';
import { confirm } from '../../shell/confirm.js';
import { EXIT, type ExitCode, type Io } from '../../shell/io.js';
import { report } from '../../shell/report.js';
import { withCatalog } from '../../target/catalog.js';
import { withFleet } from '../../target/deployment.js';
import { requireConfig, type TargetOptions } from '../../target/target.js';
import { addGenerate } from './migration-generate.command.js';
import { addRuns } from './migration-runs.command.js';
import { planText, reportRun, statusText, verifiedText } from './migration-text.js';
import { withRunProgress } from './run-progress.js';

interface PlanOptions extends TargetOptions, RunCommandOptions {
  readonly json?: boolean;
  readonly down?: boolean;
  readonly steps?: number;
  readonly sql?: boolean;
}

interface RunOptions extends TargetOptions, RunCommandOptions {
  readonly json?: boolean;
  readonly dryRun?: boolean;
}

interface RevertOptions extends RunOptions {
  readonly steps?: number;
  readonly yes?: boolean;
}

const RUN_HELP = `
Each tenant is migrated in its own transaction. A tenant that fails stays unchanged, and the run continues with the others.
Exit status: 0; 1 when a tenant failed, or the run paused or was cancelled; 2 when the command could not start.

Examples:
  $ rowhouse migration run
  $ rowhouse migration run --canary 5% --wave 25% --max-failure-rate 2%
  $ rowhouse migration run --where plan=free,metadata.region=eu --limit 100
  $ rowhouse migration run --dry-run
  $ rowhouse migration retry
`;

const REVERT_HELP = `
Asks for confirmation; without a terminal, give --yes. Exit status: as for migration run.

Examples:
  $ rowhouse migration revert --dry-run
  $ rowhouse migration revert --tenant acme --steps 2
  $ rowhouse migration revert --yes --json
`;

const PLAN_HELP = `
Changes nothing. Exit status: 0; 2 when the command could not start.

Examples:
  $ rowhouse migration plan
  $ rowhouse migration plan --sql --tenant acme
  $ rowhouse migration plan --down --steps 2 --json
`;

const STATUS_HELP = `
Exit status: 0; 2 when the command could not start.

Examples:
  $ rowhouse migration status
  $ rowhouse migration status --json
`;

const stepsOption = () =>
  new Option('--steps <n>', 'how many migrations to revert, the last first (default: 1)').argParser(count);

export function addMigration(program: Command, io: Io, done: (code: ExitCode) => void): void {
  const migration = program.command('migration').description('manages schema migrations of all tenants');

  withTarget(migration.command('status'))
    .description('shows how many tenants are at which version')
    .option('--verify', 'reads the history in each home, and corrects the catalog')
    .addHelpText('after', STATUS_HELP)
    .action(async (options) => done(await status(options, io)));

  withTarget(withRunOptions(migration.command('plan')))
    .description('shows what a run would do')
    .option('--down', 'shows what a revert would do')
    .addOption(stepsOption())
    .option('--sql', 'shows the statements')
    .addHelpText('after', PLAN_HELP)
    .action(async (options) => done(await plan(options, io)));

  withTarget(withRunOptions(migration.command('run')))
    .description('runs the missing migrations of the tenants')
    .option('--dry-run', 'shows the statements and runs none')
    .addHelpText('after', RUN_HELP)
    .action(async (options) => done(await migrate(options, io)));

  withTarget(withRunOptions(migration.command('revert')))
    .description('reverts the last migrations')
    .addOption(stepsOption())
    .option('--dry-run', 'shows the statements and runs none')
    .option('--yes', 'does not ask for confirmation')
    .addHelpText('after', REVERT_HELP)
    .action(async (options) => done(await revert(options, io)));

  addGenerate(migration, io, done);
  addRuns(migration, io, done);
}

async function status(
  options: TargetOptions & { json?: boolean; verify?: boolean },
  io: Io,
): Promise<ExitCode> {
  const found = options.verify ? await verifiedStatus(options, io) : await recordedStatus(options, io);
  report(io, options, found, statusText(found) + verifiedText(found.verified));
  return EXIT.ok;
}

interface Status extends FleetStatus {
  readonly verified?: VerifyReport;
}

function verifiedStatus(options: TargetOptions, io: Io): Promise<Status> {
  return withFleet(options, io, { app: true }, async ({ migrations }) => {
    const verified = await migrations.verify({}, { signal: io.signal });
    return { ...(await migrations.status()), verified };
  });
}

/** What the catalog has needs the names of the migrations, and no data source. */
async function recordedStatus(options: TargetOptions, io: Io): Promise<Status> {
  const { fleetStatus, HomeLedger, MigrationSet } = await import('@rowhouse/migrations/internal');
  return withCatalog(options, io, async (catalog, target) => {
    const { config, globModules } = requireConfig(target);
    const globs = await globModules();
    const instancesOf = async (entries: readonly unknown[]) =>
      (await globs.migrationsIn(entries)).map((Migration) => new Migration());
    const set = new MigrationSet(
      await instancesOf(Object.values(config.dataSource.migrations ?? {})),
      await instancesOf(config.sharedMigrations),
    );
    return fleetStatus(new HomeLedger(catalog, set), set);
  });
}

async function plan(options: PlanOptions, io: Io): Promise<ExitCode> {
  const direction = options.down ? 'down' : 'up';
  const { steps, sql } = options;
  const found = await withFleet(options, io, { app: true }, (fleet) =>
    fleet.migrations.plan({ ...runOptionsOf(options), direction, steps, sql }),
  );
  report(io, options, found, planText(found));
  return EXIT.ok;
}

async function migrate(options: RunOptions, io: Io): Promise<ExitCode> {
  if (options.dryRun) return plan({ ...options, sql: true }, io);
  const result = await withFleet(options, io, { app: true }, (fleet) =>
    withRunProgress(io, (control) => fleet.migrations.run(runOptionsOf(options), control)),
  );
  return reportRun(result, options, io);
}

async function revert(options: RevertOptions, io: Io): Promise<ExitCode> {
  if (options.dryRun) return plan({ ...options, down: true, sql: true }, io);
  const { steps = 1 } = options;
  const whose = options.tenant?.join(', ') ?? 'all selected tenants';
  await confirm(
    `Revert ${steps === 1 ? 'the last migration' : `the last ${steps} migrations`} of ${whose}?`,
    options,
    io,
  );
  const result = await withFleet(options, io, { app: true }, (fleet) =>
    withRunProgress(io, (control) => fleet.migrations.revert({ ...runOptionsOf(options), steps }, control)),
  );
  return reportRun(result, options, io);
}
