import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { ArchiveFile } from '@rowhouse/transfer';
import { UploadTooLargeError } from './transfer-errors.js';

export interface WriteOptions {
  readonly signal?: AbortSignal | undefined;
  /** Default: no limit. */
  readonly maxBytes?: number;
  /** Called with the bytes that were written so far. */
  readonly onBytes?: (bytes: number) => void;
}

export interface StoredFile {
  readonly sizeBytes: number;
  /** In hexadecimal. */
  readonly sha256: string;
}

/** The first and the last byte. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** What a file holds: an archive that was made here, or one that was uploaded to be imported. */
export type FileKind = 'export' | 'upload';

const ENDINGS: Readonly<Record<FileKind, string>> = { export: '.tar.gz', upload: '.upload' };

/** The name of a file, by what it holds and its id. */
export function nameOf(kind: FileKind, id: string): string {
  return `${id}${ENDINGS[kind]}`;
}

/** Files by id. A file is there as a whole, or not at all. */
export abstract class ArchiveFiles {
  /**
   * Writes a file, in place of one that is there. It gets its name when it is complete; after an error nothing of it is left.
   *
   * @throws {UploadTooLargeError} for more than `maxBytes`.
   */
  abstract write(kind: FileKind, id: string, source: Readable, options?: WriteOptions): Promise<StoredFile>;

  /** @returns `undefined` where there is no such file. The caller reads it to its end, or destroys it. */
  abstract open(kind: FileKind, id: string, range?: ByteRange): Promise<Readable | undefined>;

  /** The file as an import reads it. */
  abstract archive(kind: FileKind, id: string): ArchiveFile;

  abstract remove(kind: FileKind, id: string): Promise<void>;

  /** Removes what a process that died has left of this file. */
  abstract removePartial(kind: FileKind, id: string): Promise<void>;

  /**
   * Removes files that nobody wants and that were not written to for a while.
   *
   * @param wanted - which of these ids are.
   */
  abstract sweep(
    olderThanMs: number,
    wanted: (ids: readonly string[]) => Promise<ReadonlySet<string>>,
  ): Promise<void>;
}

/** Passes the bytes of a file on, counts them, and makes their SHA-256. */
export class Measured {
  readonly #hash = createHash('sha256');
  readonly #options: Pick<WriteOptions, 'maxBytes' | 'onBytes'>;
  #sizeBytes = 0;

  constructor(options: Pick<WriteOptions, 'maxBytes' | 'onBytes'>) {
    this.#options = options;
  }

  /** @throws {UploadTooLargeError} */
  readonly pass = async function* (this: Measured, chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    const { maxBytes = Number.POSITIVE_INFINITY, onBytes } = this.#options;
    for await (const chunk of chunks) {
      this.#sizeBytes += chunk.length;
      if (this.#sizeBytes > maxBytes) throw new UploadTooLargeError(maxBytes);
      this.#hash.update(chunk);
      onBytes?.(this.#sizeBytes);
      yield chunk;
    }
  }.bind(this);

  /** Asked once, after the end. */
  result(): StoredFile {
    return { sizeBytes: this.#sizeBytes, sha256: this.#hash.digest('hex') };
  }
}
