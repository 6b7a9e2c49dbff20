import { TENANT_ISOLATIONS, type TenantIsolation } from '@rowhouse/core';
import { counted } from '@rowhouse/core/internal';
import type { RecordKind } from '@rowhouse/transfer';
import { type Command, Option } from 'commander';
import { withTarget } from '../../options/target-options.js';
import { pastMoment } from '../../options/values.js';
import { EXIT, type ExitCode, type Io, UnusableError } from '../../shell/io.js';
import { print } from '../../shell/print.js';
import { report } from '../../shell/report.js';
import { controlOf } from '../tenants/life-control.js';
import { contentsOf, type FilesFlags, textOfContents, withoutFiles } from '../transfer/files-flag.js';
import { textOfRecords, withInclude } from '../transfer/include-flag.js';
import { withTransferProgress } from '../transfer/transfer-progress.js';
import { type BackupCommandOptions, withBackups } from './with-backups.js';

interface RestoreOptions extends BackupCommandOptions, FilesFlags {
  readonly at?: Date;
  readonly backup?: string;
  readonly slug?: string;
  readonly isolation?: TenantIsolation;
  readonly suspended?: boolean;
  readonly include?: readonly RecordKind[];
}

const HELP = `
The backup becomes a new tenant; the tenant itself stays as it is, and may be gone. The file is compared with what was
written before anything is made. Times are in UTC. To restore a deleted tenant that was not purged: rowhouse tenants restore.
Exit status: 0; 1 when it was refused, failed or was interrupted, and then nothing is left of it (after a crash, rowhouse
tenants repair removes it); 2 when there is no such backup, or the command could not start.

Examples:
  $ rowhouse restore acme                               # the latest backup, as acme-at-<time>
  $ rowhouse restore acme --at 14:30 --slug acme-before --suspended
  $ rowhouse restore acme --at 2026-11-27T14:30:00Z
  $ rowhouse restore acme --backup 0198e3a0-0000-7000-8000-000000000000
`;

export function addRestore(program: Command, io: Io, done: (code: ExitCode) => void): void {
  withoutFiles(
    withInclude(
      withTarget(program.command('restore')),
      'what of the backup goes along, or none (default: all that is there)',
    ),
  )
    .description('makes a new tenant of a backup')
    .argument('<tenant>', 'slug or id of the tenant that was backed up')
    .option(
      '--at <time>',
      'the newest backup that is not later: 2026-01-31T12:00:00Z, or 14:30 for the last time it was so (default: now)',
      pastMoment,
    )
    .option('--backup <id>', 'this backup of the tenant')
    .option('--slug <slug>', 'the slug of the new tenant (default: <slug>-at-<date>-<time>)')
    .addOption(new Option('--isolation <kind>', 'its isolation').choices(TENANT_ISOLATIONS))
    .option('--suspended', 'it serves no request and runs no jobs until rowhouse tenants activate')
    .addHelpText('after', HELP)
    .action(async (tenant, options) => done(await restore(tenant, options, io)));
}

async function restore(slugOrId: string, options: RestoreOptions, io: Io): Promise<ExitCode> {
  if (options.at && options.backup) throw new UnusableError('Give --at or --backup.');
  const given = {
    ...(options.slug !== undefined && { slug: options.slug }),
    ...(options.isolation && { isolation: options.isolation }),
    ...(options.suspended && { suspended: true }),
  };
  const { by, onStep } = controlOf(io);
  const result = await withBackups(options, io, async (backups) => {
    const moment = options.at ?? new Date();
    const backup = options.backup
      ? await backups.find(options.backup)
      : await backups.newest(slugOrId, moment);
    if (backup.slug !== slugOrId && backup.tenantId !== slugOrId)
      throw new UnusableError(`The backup ${backup.id} is of the tenant ${backup.slug}.`);
    const until = options.at ? `, the newest not later than ${moment.toISOString()}` : '';
    print(io.stderr, `${backup.slug}: restoring the backup of ${backup.takenAt.toISOString()}${until}\n`);
    const made = await withTransferProgress(io, (control) =>
      backups.restore(backup.id, given, {
        ...control,
        ...contentsOf(options),
        include: options.include,
        by,
        onStep,
      }),
    );
    return { ...made, backup };
  });
  const { tenant, rows, tables, backup } = result;
  report(
    io,
    options,
    result,
    `Tenant ${tenant.slug} is ${tenant.status}, with ${counted(rows, 'row')} of ${counted(tables, 'table')} as ${backup.slug} had them at ${backup.takenAt.toISOString()}.${textOfContents(result.contents)}${textOfRecords(result.records)}`,
  );
  return EXIT.ok;
}
