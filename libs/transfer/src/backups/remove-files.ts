import type { BackupFile } from './backup.js';
import type { BackupRecords } from './backup-records.js';
import type { BackupStorage } from './storage/backup-storage.js';

/** Removes files that no backup is in: from the storage first, so that the catalog knows of what is left after a crash. */
export async function removeFiles(
  { records, storage }: { readonly records: BackupRecords; readonly storage: BackupStorage },
  files: readonly BackupFile[],
  signal?: AbortSignal,
): Promise<void> {
  for (const { id, key } of files) {
    await storage.remove(key, signal);
    await records.forgetFile(id);
  }
}
