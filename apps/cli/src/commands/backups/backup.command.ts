import { counted, messageOf } from '@rowhouse/core/internal';
import type { Command } from 'commander';
import { withTarget } from '../../options/target-options.js';
import { commandActor } from '../../shell/actor.js';
import { EXIT, type ExitCode, type Io, UnusableError } from '../../shell/io.js';
import { onOneLine } from '../../shell/print.js';
import { report } from '../../shell/report.js';
import { allTenants, STATUSES_WITH_HOME } from '../tenants/select-tenants.js';
import { contentsOf, type FilesFlags, withoutFiles } from '../transfer/files-flag.js';
import { withTransferProgress } from '../transfer/transfer-progress.js';
import { takenText } from './backups-text.js';
import { type BackupCommandOptions, withBackups } from './with-backups.js';

interface BackupOptions extends BackupCommandOptions, FilesFlags {
  readonly all?: boolean;
}

const HELP = `
The config says where backups are. A tenant that has not changed since its last backup gets no second file. Such a backup
stays until it is deleted. Exit status: 0; 1 when a backup failed or was interrupted; 2 when the command could not start.

Examples:
  $ rowhouse backup acme
  $ rowhouse backup acme globex
  $ rowhouse backup --all
  $ rowhouse restore acme --slug acme-before
`;

export function addBackup(program: Command, io: Io, done: (code: ExitCode) => void): void {
  withoutFiles(withTarget(program.command('backup')))
    .description('backs tenants up')
    .argument('[tenants...]', 'slugs or ids')
    .option('--all', 'all tenants that are in use')
    .addHelpText('after', HELP)
    .action(async (tenants, options) => done(await backUp(tenants, options, io)));
}

async function backUp(named: readonly string[], options: BackupOptions, io: Io): Promise<ExitCode> {
  if (named.length > 0 === Boolean(options.all)) throw new UnusableError('Give tenants, or --all.');
  const { backups, failed } = await withBackups(options, io, async (all, { tenants }) => {
    const chosen = options.all
      ? (await allTenants(tenants)).filter(({ status }) => STATUSES_WITH_HOME.includes(status))
      : await Promise.all(named.map((slugOrId) => tenants.find(slugOrId)));
    const result = { backups: [] as Awaited<ReturnType<typeof all.backup>>[], failed: [] as Failure[] };
    for (const tenant of chosen) {
      if (io.signal?.aborted) break;
      try {
        result.backups.push(
          await withTransferProgress(io, (control) =>
            all.backup(tenant, { ...control, ...contentsOf(options), by: commandActor() }),
          ),
        );
      } catch (error) {
        if (chosen.length === 1) throw error;
        result.failed.push({ slug: tenant.slug, error: messageOf(error) });
      }
    }
    return result;
  });
  const lines = [
    ...backups.map(takenText),
    ...failed.map(({ slug, error }) => `✗ ${slug}: ${onOneLine(error)}`),
    ...(backups.length + failed.length === 1
      ? []
      : [`${counted(backups.length, 'tenant')} backed up, ${failed.length} failed.`]),
  ];
  report(io, options, { backups, failed }, lines.join('\n'));
  return failed.length > 0 || io.signal?.aborted ? EXIT.failed : EXIT.ok;
}

interface Failure {
  readonly slug: string;
  readonly error: string;
}
