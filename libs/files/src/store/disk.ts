import { open, stat } from 'node:fs/promises';

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
export const isFull = (error: unknown) => ['ENOSPC', 'EDQUOT'].includes(codeOf(error));

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
