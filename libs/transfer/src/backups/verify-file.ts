import { pipeline } from 'node:stream/promises';
import { BackupDamagedError } from '../errors.js';
import type { StoredBackup } from './backup.js';
import type { BackupRecords } from './backup-records.js';
import type { BackupStorage } from './storage/backup-storage.js';
import { Metered } from './storage/metered.js';

/**
 * Reads the file of a backup to its end, compares it with what was written, and records the result.
 *
 * @throws {BackupDamagedError} when it is missing or differs.
 */
export async function verifyFile(
  { records, storage }: { readonly records: BackupRecords; readonly storage: BackupStorage },
  { id, fileId, key, bytes, sha256 }: StoredBackup,
  signal: AbortSignal | undefined,
): Promise<void> {
  const problem = await problemOf(storage, { key, bytes, sha256 }, signal);
  await records.setProblem(fileId, problem);
  if (problem !== undefined)
    throw new BackupDamagedError(`The backup ${id} cannot be restored: ${problem} Restore another.`);
}

async function problemOf(
  storage: BackupStorage,
  { key, bytes, sha256 }: Pick<StoredBackup, 'key' | 'bytes' | 'sha256'>,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const size = await storage.sizeOf(key);
  if (size === undefined) return MISSING;
  if (size !== bytes) return `its file has ${size} bytes, and ${bytes} were written.`;
  const read = new Metered();
  read.resume();
  await pipeline(await storage.read(key, signal), read, { signal });
  return read.sha256().toString('hex') === sha256
    ? undefined
    : 'the checksum of its file is not that of what was written.';
}

export const MISSING = 'its file is not in the storage.';
