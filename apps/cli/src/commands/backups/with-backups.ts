import { dirname, resolve } from 'node:path';
import type { Fleet } from '@rowhouse/migrations/fleet';
import type { BackupOptions, TenantBackups } from '@rowhouse/transfer';
import { type Io, UnusableError } from '../../shell/io.js';
import { withFleet } from '../../target/deployment.js';
import { requireConfig, type TargetOptions } from '../../target/target.js';
import { recordsOf } from '../../target/tenant-records.js';

export interface BackupCommandOptions extends TargetOptions {
  readonly json?: boolean;
}

/** Opens the backups of a deployment, as the config says, and runs `work`. */
export function withBackups<T>(
  options: BackupCommandOptions,
  io: Io,
  work: (backups: TenantBackups, fleet: Fleet) => Promise<T>,
): Promise<T> {
  return withFleet(options, io, { app: true, movesRows: true }, async (fleet, target, catalog) => {
    const found = requireConfig(target);
    const backups = backupOptionsOf(found);
    if (!backups)
      throw new UnusableError(
        `${found.path} does not say where backups are: backups: { storage: './backups' }.`,
      );
    const { TenantBackups } = await import('@rowhouse/transfer');
    const records = await recordsOf(target, catalog);
    return work(new TenantBackups(fleet, { records, ...backups }), fleet);
  });
}

/** A folder of backups starts from that of the config. */
export function backupOptionsOf({
  path,
  config: { backups },
}: ReturnType<typeof requireConfig>): BackupOptions | undefined {
  if (!backups) return undefined;
  const { storage } = backups;
  return { ...backups, storage: typeof storage === 'string' ? resolve(dirname(path), storage) : storage };
}
