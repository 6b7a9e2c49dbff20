import { PassThrough, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { RowhouseError } from '@rowhouse/core';
import { Lazy } from '@rowhouse/core/internal';
import { explainStorageFailure, openS3Storage, type S3StorageOptions } from '@rowhouse/transfer';
import {
  ArchiveFiles,
  type ByteRange,
  type FileKind,
  Measured,
  nameOf,
  type StoredFile,
  type WriteOptions,
} from './archive-files.js';
import { ArchiveStorageError } from './transfer-errors.js';

type Storage = Awaited<ReturnType<typeof openS3Storage>>;

/** Objects with other keys in the bucket are not ours. */
const OURS = /^(?<id>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.(?:tar\.gz|upload)$/;

/** Files in a bucket of S3, for all instances. Each method throws {@link ArchiveStorageError}. */
export class ArchiveBucket extends ArchiveFiles {
  readonly #opened: Lazy<Storage>;

  constructor(options: S3StorageOptions) {
    super();
    this.#opened = new Lazy(() => openS3Storage(options));
  }

  async write(
    kind: FileKind,
    id: string,
    source: Readable,
    { signal, ...limits }: WriteOptions = {},
  ): Promise<StoredFile> {
    const measured = new Measured(limits);
    const contents = new PassThrough();
    // What is small is passed on to its end before a bucket fails, and then nobody else listens.
    contents.on('error', () => {});
    const stored = this.#reported('written', (storage) =>
      storage.write(nameOf(kind, id), contents, signal ? { abortSignal: signal } : {}),
    );
    stored.catch((error: Error) => contents.destroy(error));
    try {
      // What is broken off is no object: it becomes one with its last byte.
      await pipeline(source, measured.pass, contents, { signal });
      await stored;
      signal?.throwIfAborted();
    } catch (error) {
      source.destroy();
      await stored.catch(() => {});
      throw error;
    }
    return measured.result();
  }

  async open(kind: FileKind, id: string, range?: ByteRange): Promise<Readable | undefined> {
    const name = nameOf(kind, id);
    return this.#reported('read', async (storage) => {
      if (!(await storage.fileExists(name))) return undefined;
      const over = new AbortController();
      const contents = await storage.read(name, { ...(range && { range }), abortSignal: over.signal });
      // A storage keeps the connection of what is not read to its end, unless it is told.
      contents.once('close', () => {
        if (!contents.readableEnded) over.abort();
      });
      return contents;
    });
  }

  archive(kind: FileKind, id: string): () => Promise<Readable> {
    return async () => {
      const contents = await this.open(kind, id);
      if (!contents)
        throw new ArchiveStorageError(
          `The archive ${nameOf(kind, id)} is not in the bucket any more. Export the tenant again.`,
        );
      return contents;
    };
  }

  async remove(kind: FileKind, id: string): Promise<void> {
    await this.#reported('changed', (storage) => storage.deleteFile(nameOf(kind, id)));
  }

  /** Parts that were sent are no object; the bucket ends them. */
  async removePartial(): Promise<void> {}

  async sweep(
    olderThanMs: number,
    wanted: (ids: readonly string[]) => Promise<ReadonlySet<string>>,
  ): Promise<void> {
    const before = Date.now() - olderThanMs;
    await this.#reported('listed', async (storage) => {
      const old: { path: string; id: string }[] = [];
      for await (const { path, lastModifiedMs = before } of storage.list('')) {
        const id = OURS.exec(path)?.groups?.['id'];
        if (id && lastModifiedMs < before) old.push({ path, id });
      }
      const keep = await wanted(old.map(({ id }) => id));
      for (const { path, id } of old) if (!keep.has(id)) await storage.deleteFile(path);
    });
  }

  async #reported<T>(what: string, work: (storage: Storage) => Promise<T>): Promise<T> {
    try {
      return await work(await this.#opened.get());
    } catch (error) {
      if (error instanceof RowhouseError) throw error;
      throw new ArchiveStorageError(
        `The storage of archives could not be ${what}: ${explainStorageFailure(error)}`,
        error,
      );
    }
  }
}
