import { counted, messageOf } from '@rowhouse/core/internal';
import type { Backup, TenantBackups, TransferControl } from '@rowhouse/transfer';
import type { Command } from 'commander';
import { withTarget } from '../../options/target-options.js';
import { count } from '../../options/values.js';
import { confirm } from '../../shell/confirm.js';
import { EXIT, type ExitCode, type Io } from '../../shell/io.js';
import { onOneLine } from '../../shell/print.js';
import { report } from '../../shell/report.js';
import { withTransferProgress } from '../transfer/transfer-progress.js';
import { backupsText } from './backups-text.js';
import { type BackupCommandOptions, withBackups } from './with-backups.js';

interface ListOptions extends BackupCommandOptions {
  readonly tenant?: string;
  readonly limit?: number;
  readonly cursor?: string;
}

interface DeleteOptions extends BackupCommandOptions {
  readonly yes?: boolean;
}

interface PruneOptions extends BackupCommandOptions {
  readonly unknownFiles?: boolean;
}

const LIST_HELP = `
The latest first. Exit status: 0; 2 when the command could not start.

Examples:
  $ rowhouse backups list
  $ rowhouse backups list --tenant acme --limit 20 --json
`;

const VERIFY_HELP = `
Reads the files from the storage, and compares them with what was written. Exit status: 0; 1 when one is damaged or
missing; 2 when the command could not start.

Examples:
  $ rowhouse backups verify 0198e3a0-0000-7000-8000-000000000000
`;

const PROVE_HELP = `
Restores into a tenant that serves no request, compares its rows with what was backed up, and removes it. Exit status: 0;
1 when one cannot be restored; 2 when the command could not start.

Examples:
  $ rowhouse backups prove 0198e3a0-0000-7000-8000-000000000000
`;

const DELETE_HELP = `
This cannot be undone. Exit status: 0; 1 when one could not be deleted; 2 when the command could not start.

Examples:
  $ rowhouse backups delete 0198e3a0-0000-7000-8000-000000000000 --yes
`;

const PRUNE_HELP = `
Removes scheduled backups that are no longer to be kept, and what processes left that died; finds files that are missing,
and files that nobody knows. The last good backup of a tenant stays. Exit status: 0; 1 when files are missing or
something failed; 2 when the command could not start.

Examples:
  $ rowhouse backups prune
  $ rowhouse backups prune --unknown-files
`;

const DUE_HELP = `
Backs up, proves and prunes what is due by the schedules of the config, and ends: for a cron job, where no instance of
the application does it. Exit status: 0; 1 when something failed; 2 when the command could not start.

Examples:
  $ rowhouse backups due
`;

/** The commands for backups that there are. */
export function addBackups(program: Command, io: Io, done: (code: ExitCode) => void): void {
  const backups = program.command('backups').description('looks after backups of tenants');

  withTarget(backups.command('list'))
    .description('lists backups')
    .option('--tenant <tenant>', 'slug or id; it may be gone')
    .option('--limit <number>', 'at most so many (default: 100)', count)
    .option('--cursor <cursor>', '`next` of a former page')
    .addHelpText('after', LIST_HELP)
    .action(async (options) => done(await list(options, io)));

  withTarget(backups.command('verify'))
    .description('compares the files of backups with what was written')
    .argument('<ids...>')
    .addHelpText('after', VERIFY_HELP)
    .action(async (ids, options) =>
      done(await each(ids, options, io, (all, id, control) => all.verify(id, control))),
    );

  withTarget(backups.command('prove'))
    .description('restores backups for a test')
    .argument('<ids...>')
    .addHelpText('after', PROVE_HELP)
    .action(async (ids, options) =>
      done(await each(ids, options, io, (all, id, control) => all.prove(id, control))),
    );

  withTarget(backups.command('delete'))
    .description('deletes backups')
    .argument('<ids...>')
    .option('--yes', 'does not ask for confirmation')
    .addHelpText('after', DELETE_HELP)
    .action(async (ids, options) => done(await remove(ids, options, io)));

  withTarget(backups.command('prune'))
    .description('removes what is no longer to be kept, and compares the storage with the catalog')
    .option('--unknown-files', 'removes files of the storage that the catalog does not know')
    .addHelpText('after', PRUNE_HELP)
    .action(async (options) => done(await prune(options, io)));

  withTarget(backups.command('due'))
    .description('does what is due by the schedules')
    .addHelpText('after', DUE_HELP)
    .action(async (options) => done(await runDue(options, io)));
}

async function list({ tenant, limit, cursor, ...options }: ListOptions, io: Io): Promise<ExitCode> {
  const page = await withBackups(options, io, (backups) => backups.list({ tenant, limit, cursor }));
  const more = page.next === undefined ? '' : `\nMore: --cursor ${page.next}`;
  report(io, options, page, `${backupsText(page.backups)}${more}`);
  return EXIT.ok;
}

/** Does the same with each backup; one that fails does not keep it from the others. */
async function each(
  ids: readonly string[],
  options: BackupCommandOptions,
  io: Io,
  work: (backups: TenantBackups, id: string, control: TransferControl) => Promise<Backup | undefined>,
): Promise<ExitCode> {
  const { backups, failed } = await withBackups(options, io, async (all) => {
    const result = { backups: [] as (Backup | undefined)[], failed: [] as { id: string; error: string }[] };
    for (const id of ids) {
      try {
        result.backups.push(await withTransferProgress(io, (control) => work(all, id, control)));
      } catch (error) {
        if (io.signal?.aborted) throw error;
        result.failed.push({ id, error: messageOf(error) });
      }
    }
    return result;
  });
  const good = ids.filter((id) => !failed.some((one) => one.id === id));
  const lines = [
    ...good.map((id) => `✓ ${onOneLine(id)}`),
    ...failed.map(({ id, error }) => `✗ ${onOneLine(id)}: ${onOneLine(error)}`),
  ];
  report(io, options, { backups, failed }, lines.join('\n'));
  return failed.length > 0 ? EXIT.failed : EXIT.ok;
}

async function remove(ids: readonly string[], options: DeleteOptions, io: Io): Promise<ExitCode> {
  await confirm(`Delete ${counted(ids.length, 'backup')}?`, options, io);
  return each(ids, options, io, async (backups, id) => {
    const backup = await backups.find(id);
    await backups.delete(id);
    return backup;
  });
}

async function prune({ unknownFiles, ...options }: PruneOptions, io: Io): Promise<ExitCode> {
  const result = await withBackups(options, io, (backups) =>
    withTransferProgress(io, (control) => backups.prune({ unknownFiles }, control)),
  );
  const { removed, missing, unknown, busy, failed } = result;
  const lines = [
    ...missing.map((key) => `✗ ${key} is not in the storage.`),
    ...failed.map(({ tenantId, error }) => `✗ ${tenantId}: ${onOneLine(error)}`),
    ...unknown.map((key) => `? ${key} is unknown${unknownFiles ? ', and was removed' : ''}.`),
    ...busy.map((id) => `- ${id} is being backed up.`),
    `${counted(removed.length, 'backup')} removed; ${missing.length} files missing, ${unknown.length} unknown.`,
  ];
  report(io, options, result, lines.join('\n'));
  return missing.length + failed.length > 0 ? EXIT.failed : EXIT.ok;
}

async function runDue(options: BackupCommandOptions, io: Io): Promise<ExitCode> {
  const result = await withBackups(options, io, async (backups) => {
    const { BackupRunner } = await import('@rowhouse/transfer');
    const runner = new BackupRunner(backups, { onProblem: () => {} });
    const { backedUp, proven, removed, problems } = await runner.runDue({ signal: io.signal });
    const failed = problems.map(({ error, ...rest }) => ({ ...rest, error: messageOf(error) }));
    return { backedUp, proven, removed, failed };
  });
  const { backedUp, proven, removed, failed } = result;
  const lines = [
    ...failed.map(({ did, tenant, backup, error }) =>
      onOneLine(`✗ ${did} ${tenant ?? backup ?? ''}: ${error}`),
    ),
    `${counted(backedUp.length, 'tenant')} backed up, ${counted(proven.length, 'backup')} proven, ${removed.length} removed.`,
  ];
  report(io, options, result, lines.join('\n'));
  return failed.length > 0 || io.signal?.aborted ? EXIT.failed : EXIT.ok;
}
