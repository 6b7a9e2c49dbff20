import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FileStorageFullError } from '../errors.js';

/**
 * What is written under another name first is at its place as a whole or not at all, and on the disk, past its caches.
 *
 * @throws {FileStorageFullError}
 */
export async function writeWhole(
  path: string,
  unfinished: string,
  write: () => Promise<void>,
): Promise<void> {
  try {
    await mkdir(dirname(unfinished), { recursive: true, mode: 0o700 });
    await write();
    await rename(unfinished, path);
    await flush(dirname(path));
  } catch (error) {
    await rm(unfinished, { force: true });
    throw isFull(error) ? new FileStorageFullError(error) : error;
  }
}

/** What was renamed in a folder is there after a crash of the machine, too. */
export async function flush(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** `undefined` where there is no such file. */
export const sizeOf = async (path: string) => (await stat(path).catch(undefinedIfMissing))?.size;

const codeOf = (error: unknown) => (Object(error) as NodeJS.ErrnoException).code ?? '';
export const isMissing = (error: unknown) => codeOf(error) === 'ENOENT';
const isFull = (error: unknown) => ['ENOSPC', 'EDQUOT'].includes(codeOf(error));

/** A client that has gone. */
export const isCutOff = (error: unknown) =>
  ['ECONNRESET', 'ERR_STREAM_PREMATURE_CLOSE'].includes(codeOf(error));

export function undefinedIfMissing(error: unknown): undefined {
  if (!isMissing(error)) throw error;
}

export function emptyIfMissing(error: unknown): string[] {
  if (!isMissing(error)) throw error;
  return [];
}
