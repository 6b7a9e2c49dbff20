import { mkdir, open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { FileStorage, type StatEntry, type WriteOptions } from '@flystorage/file-storage';
import { LocalStorageAdapter } from '@flystorage/local-fs';

/**
 * A folder as a storage. Its files can be read by this user only, and are on the disk, past its caches, when they are written.
 *
 * @param folder - absolute. It is made when it is needed.
 */
export function localStorage(folder: string): FileStorage {
  return new FileStorage(new DurableFolder(folder), undefined, {
    visibility: { visibility: 'private', directoryVisibility: 'private' },
  });
}

class DurableFolder extends LocalStorageAdapter {
  override async write(path: string, contents: Readable, options: WriteOptions): Promise<void> {
    await super.write(path, contents, options);
    const file = join(this.rootDir, path);
    await flush(file);
    await flush(dirname(file));
  }

  override async *list(path: string, options: { deep: boolean }): AsyncGenerator<StatEntry> {
    await mkdir(this.rootDir, { recursive: true, mode: 0o700 });
    yield* super.list(path, options);
  }
}

async function flush(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
