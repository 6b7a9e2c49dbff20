import { Command } from 'commander';
import type { ExitCode, Io } from './shell/io.js';
import { ownVersion } from './version.js';

type AddCommand = (program: Command, io: Io, done: (code: ExitCode) => void) => void;

/** The commands of the first level. Each is loaded only when it is needed, with what it needs. */
const COMMANDS: Readonly<Record<string, () => Promise<AddCommand>>> = {
  init: async () => (await import('./commands/init/init.command.js')).addInit,
  tenants: async () => (await import('./commands/tenants/tenants.command.js')).addTenants,
  keys: async () => (await import('./commands/keys/keys.command.js')).addKeys,
  enter: async () => (await import('./commands/entries/enter.command.js')).addEnter,
  entries: async () => (await import('./commands/entries/entries.command.js')).addEntries,
  domains: async () => (await import('./commands/domains/domains.command.js')).addDomains,
  settings: async () => (await import('./commands/settings/settings.command.js')).addSettings,
  members: async () => (await import('./commands/members/members.command.js')).addMembers,
  plans: async () => (await import('./commands/plans/plans.command.js')).addPlans,
  webhooks: async () => (await import('./commands/webhooks/webhooks.command.js')).addWebhooks,
  usage: async () => (await import('./commands/usage/usage.command.js')).addUsage,
  migration: async () => (await import('./commands/migration/migration.command.js')).addMigration,
  top: async () => (await import('./commands/top/top.command.js')).addTop,
  drift: async () => (await import('./commands/drift.command.js')).addDrift,
  adopt: async () => (await import('./commands/adopt.command.js')).addAdopt,
  run: async () => (await import('./commands/run.command.js')).addRun,
  jobs: async () => (await import('./commands/jobs/jobs.command.js')).addJobs,
  export: async () => (await import('./commands/transfer/export.command.js')).addExport,
  import: async () => (await import('./commands/transfer/import.command.js')).addImport,
  operations: async () => (await import('./commands/operations/operations.command.js')).addOperations,
  clone: async () => (await import('./commands/transfer/clone.command.js')).addClone,
  copy: async () => (await import('./commands/transfer/copy.command.js')).addCopy,
  move: async () => (await import('./commands/transfer/copy.command.js')).addMove,
  backup: async () => (await import('./commands/backups/backup.command.js')).addBackup,
  restore: async () => (await import('./commands/backups/restore.command.js')).addRestore,
  backups: async () => (await import('./commands/backups/backups.command.js')).addBackups,
  diff: async () => (await import('./commands/back-in-time/diff.command.js')).addDiff,
  'take-back': async () => (await import('./commands/back-in-time/take-back.command.js')).addTakeBack,
  undo: async () => (await import('./commands/back-in-time/undo.command.js')).addUndo,
  rewind: async () => (await import('./commands/back-in-time/rewind.command.js')).addRewind,
  journal: async () => (await import('./commands/back-in-time/journal.command.js')).addJournal,
  workers: async () => (await import('./commands/workers/workers.command.js')).addWorkers,
  doctor: async () => (await import('./commands/doctor/doctor.command.js')).addDoctor,
  admin: async () => (await import('./commands/admin.command.js')).addAdmin,
  audit: async () => (await import('./commands/audit/audit.command.js')).addAudit,
  grants: async () => (await import('./commands/grants.command.js')).addGrants,
};

const HELP = `
Exit status: 0 for success; 1 when something failed or a problem was found; 2 when the command could not start, because
the command line or the config is wrong, or the database cannot be reached.

Examples:
  $ rowhouse init
  $ rowhouse tenants create acme --plan pro
  $ rowhouse migration run --canary 5% --wave 25%
  $ rowhouse drift --json
`;

/**
 * Builds the command line.
 *
 * @param argv - the arguments: if they begin with a command, the others are left out.
 * @param done - called with the exit status of the command that ran.
 */
export async function makeProgram(
  argv: readonly string[],
  io: Io,
  done: (code: ExitCode) => void,
): Promise<Command> {
  const program = new Command('rowhouse')
    .description(
      'Manages the tenants of a PostgreSQL database: their lifecycle, their schemas, their isolation.',
    )
    .version(ownVersion())
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
    })
    .showHelpAfterError('Try --help.')
    .addHelpText('after', HELP);
  for (const name of namedIn(argv)) {
    const add = await COMMANDS[name]?.();
    add?.(program, io, done);
  }
  return program;
}

function namedIn([first = '']: readonly string[]): readonly string[] {
  if (first === '--version' || first === '-V') return [];
  return Object.hasOwn(COMMANDS, first) ? [first] : Object.keys(COMMANDS);
}
