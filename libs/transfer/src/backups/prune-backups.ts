import { lockKeyOf, messageOf, workThrough } from '@rowhouse/core/internal';
import type { TransferControl } from '../control.js';
import { type BackupSettings, keepFor } from './backup-options.js';
import { findUnlessGone } from './find-unless-gone.js';
import { removeScratch } from './prove-backup.js';
import { removeFiles } from './remove-files.js';
import { keptOf } from './retention.js';
import type { BackupParts } from './take-backup.js';
import { MISSING } from './verify-file.js';

/** Records of failed attempts are kept so long, and those of damaged backups where there is a later one. */
const LOST_KEPT_MS = 30 * 24 * 3_600_000;
const BATCH = 1_000;
/** Files that the catalog does not know may be thousands. */
const REMOVED_AT_ONCE = 8;

export interface PruneReport {
  /** Ids of backups that were removed. */
  readonly removed: readonly string[];
  /** Keys of files that should be in the storage, and are not whole there. */
  readonly missing: readonly string[];
  /** Keys of files of the storage that the catalog does not know; removed with `unknownFiles`. */
  readonly unknown: readonly string[];
  /** Ids of tenants that another process is backing up. */
  readonly busy: readonly string[];
  readonly failed: readonly { readonly tenantId: string; readonly error: string }[];
}

/** See `TenantBackups.prune()`. */
export async function pruneBackups(
  parts: BackupParts,
  settings: BackupSettings,
  { unknownFiles = false }: { readonly unknownFiles?: boolean },
  { signal, onProgress }: TransferControl,
): Promise<PruneReport> {
  const { fleet, records, storage } = parts;
  const { catalog } = fleet.deployment;
  await removeScratch(fleet);
  const keys = await storage.keys();
  const unknown = await unknownOf(parts, keys);
  const report = { removed: [] as string[], missing: [] as string[], unknown, busy: [] as string[] };
  const failed: { tenantId: string; error: string }[] = [];
  const tenantIds = await records.tenantIds();
  for (const [done, tenantId] of tenantIds.entries()) {
    signal?.throwIfAborted();
    onProgress?.({ table: tenantId, done, total: tenantIds.length });
    try {
      const locked = await catalog.whileLocked(lockKeyOf('backup', tenantId), async () => {
        await removeFiles(parts, await records.endAbandoned(tenantId));
        report.removed.push(...(await removeOld(parts, settings, tenantId)));
        report.missing.push(...(await findMissing(parts, tenantId, keys)));
      });
      if (!locked) report.busy.push(tenantId);
    } catch (error) {
      failed.push({ tenantId, error: messageOf(error) });
    }
  }
  if (unknownFiles)
    await workThrough(unknown, { concurrency: REMOVED_AT_ONCE }, async (key) => storage.remove(key));
  return { ...report, failed };
}

async function removeOld(
  parts: BackupParts,
  settings: BackupSettings,
  tenantId: string,
): Promise<readonly string[]> {
  const { records } = parts;
  const backups = await records.scheduledOf(tenantId);
  const kept = keptOf(
    backups,
    keepFor(settings, await findUnlessGone(parts.fleet, tenantId)),
    settings.timeZone,
  );
  const latest = Math.max(...backups.filter(({ isGood }) => isGood).map(({ takenAt }) => takenAt.getTime()));
  const isOver = ({ id, state, isGood, takenAt }: (typeof backups)[number]): boolean => {
    if (isGood) return !kept.has(id);
    const isOld = Date.now() - takenAt.getTime() > LOST_KEPT_MS;
    return isOld && (state === 'failed' || takenAt.getTime() < latest);
  };
  const over = backups.filter(isOver).map(({ id }) => id);
  if (over.length > 0) await removeFiles(parts, await records.delete(over));
  return over;
}

/** A file that was written since the storage was listed is asked for by itself. */
async function findMissing(
  { records, storage }: BackupParts,
  tenantId: string,
  keys: ReadonlySet<string>,
): Promise<readonly string[]> {
  const missing: string[] = [];
  for (const { id, key, bytes } of await records.filesOf(tenantId)) {
    if (keys.has(key) || (await storage.sizeOf(key)) === bytes) continue;
    await records.setProblem(id, MISSING);
    missing.push(key);
  }
  return missing;
}

async function unknownOf({ records }: BackupParts, keys: ReadonlySet<string>): Promise<readonly string[]> {
  const all = [...keys];
  const unknown: string[] = [];
  for (let at = 0; at < all.length; at += BATCH)
    unknown.push(...(await records.unknownOf(all.slice(at, at + BATCH))));
  return unknown;
}
