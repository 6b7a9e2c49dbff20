import { existsSync, type WriteStream } from 'node:fs';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ExportRefusedError } from '../errors.js';

/**
 * Writes a file or a folder that gets its name when it is complete.
 *
 * @param write - writes it under another name, which ends in `.partial`. What is there after an error is removed.
 * @throws {ExportRefusedError} when it is there already.
 */
export async function writeWhole<T>(path: string, write: (partial: string) => Promise<T>): Promise<T> {
  const partial = join(dirname(path), `${basename(path)}.partial`);
  if (!existsSync(dirname(path))) await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  if (existsSync(path) || existsSync(partial))
    throw new ExportRefusedError(`${path}, or its .partial, is there already. Name another, or remove it.`);
  try {
    const result = await write(partial);
    await rename(partial, path);
    return result;
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    throw error;
  }
}

/** A new file that only this user can read. It is on the disk when it is closed. */
export async function newFile(path: string): Promise<WriteStream> {
  const file = await open(path, 'wx', 0o600);
  return file.createWriteStream({ flush: true });
}
