import { pipeline, type Readable, Transform } from 'node:stream';
import type { FileStorage } from '@flystorage/file-storage';
import { RowhouseError, type Tenant } from '@rowhouse/core';
import type { Lazy } from '@rowhouse/core/internal';
import { BackupStorageError } from '../../errors.js';
import { explainStorageFailure } from '../../storage/storage-failure.js';

const KEY = /^[0-9a-f-]{36}\/\d{8}T\d{6}Z-[0-9a-f-]{36}\.tar\.gz$/;

/** `<tenant id>/20261127T143000Z-<file id>.tar.gz`. It is made of ids and digits alone, so it leads nowhere else. */
export function storageKeyOf({ id }: Pick<Tenant, 'id'>, takenAt: Date, fileId: string): string {
  return `${id}/${takenAt.toISOString().replace(/[-:]|\.\d+/g, '')}-${fileId}.tar.gz`;
}

/** Where the files of backups are. Each method throws {@link BackupStorageError}. */
export class BackupStorage {
  readonly #opened: Lazy<FileStorage>;

  constructor(opened: Lazy<FileStorage>) {
    this.#opened = opened;
  }

  /** Resolves when the storage has everything. */
  async write(key: string, contents: Readable, signal: AbortSignal | undefined): Promise<void> {
    await this.#reported('written', (files) => files.write(key, contents, withSignal(signal)));
  }

  async read(key: string, signal?: AbortSignal): Promise<Readable> {
    const over = new AbortController();
    const abortSignal = signal ? AbortSignal.any([signal, over.signal]) : over.signal;
    const contents = await this.#reported('read', (files) => files.read(key, { abortSignal }));
    const passed = new Transform({ transform: (chunk, _, done) => done(null, chunk) });
    // A storage keeps the connection of what is not read to its end, unless it is told.
    passed.once('close', () => {
      if (!passed.readableEnded) over.abort();
    });
    const failed = (error: unknown) => passed.destroy(storageError('read', error));
    contents.once('error', failed);
    pipeline(contents, passed, () => {});
    return passed;
  }

  /** @returns `undefined` when there is no such file. */
  async sizeOf(key: string): Promise<number | undefined> {
    return this.#reported('read', async (files) =>
      (await files.fileExists(key)) ? files.fileSize(key) : undefined,
    );
  }

  /** A file that is gone already is no error. */
  async remove(key: string, signal?: AbortSignal): Promise<void> {
    await this.#reported('changed', (files) => files.deleteFile(key, withSignal(signal)));
  }

  /** The keys of all files that backups may have written; other files are passed over. */
  async keys(): Promise<ReadonlySet<string>> {
    return this.#reported('listed', async (files) => {
      const keys = new Set<string>();
      for await (const { isFile, path } of files.list('', { deep: true }))
        if (isFile && KEY.test(path)) keys.add(path);
      return keys;
    });
  }

  async #reported<T>(what: string, work: (files: FileStorage) => Promise<T>): Promise<T> {
    try {
      return await work(await this.#opened.get());
    } catch (error) {
      throw storageError(what, error);
    }
  }
}

function withSignal(signal: AbortSignal | undefined): { readonly abortSignal?: AbortSignal } {
  return signal ? { abortSignal: signal } : {};
}

function storageError(what: string, error: unknown): RowhouseError {
  if (error instanceof RowhouseError) return error;
  return new BackupStorageError(
    `The storage of backups could not be ${what}: ${explainStorageFailure(error)}`,
    error,
  );
}
