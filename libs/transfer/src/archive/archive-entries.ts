import { pipeline, Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { createTarDecoder } from 'modern-tar';
import { ArchiveInvalidError } from '../errors.js';
import { END, HEAD, MAX_JSON_BYTES, PART_BYTES } from './archive-format.js';

export interface ArchiveEntry {
  readonly name: string;
  readonly content: Buffer;
}

/**
 * The entries of an archive, one after the other, each in memory as a whole. What they are named is compared and never used as a
 * path.
 *
 * @throws {ArchiveInvalidError} for a stream that is not what a writer has written.
 */
export async function* entriesOf(source: Readable): AsyncGenerator<ArchiveEntry> {
  const gunzip = createGunzip();
  // An error of either ends the other, and reaches the reader below.
  pipeline(source, gunzip, () => {});
  const tar = createTarDecoder({ strict: true });
  const entries = (Readable.toWeb(gunzip) as ReadableStream<Uint8Array>).pipeThrough(tar);
  try {
    for await (const { header, body } of entries) {
      const isJson = header.name === HEAD || header.name === END;
      if (header.type !== 'file' || header.size > (isJson ? MAX_JSON_BYTES : PART_BYTES))
        throw new ArchiveInvalidError(`An entry of the archive is none that an export writes.`);
      yield { name: header.name, content: await contentOf(body, header.size) };
    }
  } catch (error) {
    if (error instanceof ArchiveInvalidError || isFileError(error)) throw error;
    throw new ArchiveInvalidError('The file is no archive, or a part of it is missing or damaged.', error);
  } finally {
    source.destroy();
  }
}

async function contentOf(body: ReadableStream<Uint8Array>, size: number): Promise<Buffer> {
  const content = Buffer.allocUnsafe(size);
  let at = 0;
  for await (const chunk of body) {
    content.set(chunk, at);
    at += chunk.length;
  }
  if (at !== size) throw new ArchiveInvalidError('An entry of the archive is cut off.');
  return content;
}

/** The file could not be read: that says nothing of its content. */
function isFileError(error: unknown): boolean {
  return (
    typeof (error as { syscall?: unknown }).syscall === 'string' || (error as Error).name === 'AbortError'
  );
}
