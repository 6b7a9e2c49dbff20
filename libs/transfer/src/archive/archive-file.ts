import { createReadStream } from 'node:fs';
import { addAbortSignal, type Readable } from 'node:stream';

/** Where an archive is read from: a path, or a function that opens it. It is called for each reading, from the beginning. */
export type ArchiveFile = string | (() => Readable | Promise<Readable>);

export async function openArchive(file: ArchiveFile, signal: AbortSignal | undefined): Promise<Readable> {
  if (typeof file === 'string') return createReadStream(file, { signal });
  const stream = await file();
  return signal ? addAbortSignal(signal, stream) : stream;
}
