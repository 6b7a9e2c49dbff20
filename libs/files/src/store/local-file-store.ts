import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ByteRange } from '@rowhouse/nestjs/operator';
import { FileStorageError, FileUploadInvalidError } from '../errors.js';
import {
  emptyIfMissing,
  flush,
  isCutOff,
  isMissing,
  sizeOf,
  undefinedIfMissing,
  writeWhole,
} from './disk.js';
import {
  type DownloadFacts,
  type FileStore,
  PART,
  type PresignedUpload,
  type StoredObject,
  type UploadFacts,
} from './file-store.js';
import { LocalParts } from './local-parts.js';
import type { SignedUrls } from './signed-urls.js';
import type { UploadParts } from './upload-parts.js';

/** The type of what is sent to a signed URL: no parser of bodies takes it for something to read. */
export const UPLOAD_TYPE = 'application/vnd.rowhouse.upload';

/** Files below a folder of this machine, or of one that all instances share. Only this user can read them. */
export class LocalFileStore implements FileStore {
  readonly minPartBytes = 1;
  readonly #root: string;

  constructor(
    folder: string,
    readonly urls: SignedUrls,
  ) {
    this.#root = resolve(folder);
  }

  async signUpload(upload: UploadFacts): Promise<PresignedUpload> {
    const url = this.urls.sign('put', upload, upload.expiresAt);
    return { method: 'PUT', url, fields: {}, headers: { 'Content-Type': UPLOAD_TYPE } };
  }

  async signDownload(download: DownloadFacts): Promise<string> {
    return this.urls.sign('get', download, download.expiresAt);
  }

  /**
   * Writes an upload as it arrives. It is there as a whole or not at all, and is on the disk, past its caches.
   *
   * @throws {FileUploadInvalidError} when it has more or fewer bytes, or is cut off.
   * @throws {FileStorageFullError}
   */
  async write(key: string, body: Readable, sizeBytes: number): Promise<void> {
    const path = this.#pathOf(key);
    const part = `${path}.${randomUUID()}${PART}`;
    try {
      await writeWhole(path, part, () =>
        pipeline(
          body,
          exactly(sizeBytes),
          createWriteStream(part, { flags: 'wx', mode: 0o600, flush: true }),
        ),
      );
    } catch (error) {
      throw isCutOff(error) ? new FileUploadInvalidError('The upload was cut off.') : error;
    }
  }

  async place(uploadKey: string, key: string): Promise<boolean> {
    const [from, to] = [this.#pathOf(uploadKey), this.#pathOf(key)];
    await mkdir(dirname(to), { recursive: true, mode: 0o700 });
    try {
      await rename(from, to);
      await flush(dirname(to));
      return true;
    } catch (error) {
      if (!isMissing(error)) throw error;
      return (await sizeOf(to)) !== undefined;
    }
  }

  openParts(uploadKey: string): Promise<UploadParts> {
    return LocalParts.open(this.#pathOf(uploadKey));
  }

  async read(key: string, range?: ByteRange): Promise<Readable | undefined> {
    try {
      const handle = await open(this.#pathOf(key), 'r');
      return createReadStream('', { fd: handle, ...range });
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  remove(key: string): Promise<void> {
    return rm(this.#pathOf(key), { force: true, recursive: key.endsWith(PART) });
  }

  async *list(folder: string): AsyncIterable<StoredObject> {
    const path = this.#pathOf(folder);
    for (const name of (await readdir(path).catch(emptyIfMissing)).sort()) {
      const found = await stat(join(path, name)).catch(undefinedIfMissing);
      if (!found) continue;
      if (found.isDirectory() && !name.endsWith(PART)) yield* this.list(`${folder}${name}/`);
      else yield { key: `${folder}${name}`, sizeBytes: found.size, modifiedAt: found.mtime };
    }
  }

  removeAll(folder: string): Promise<void> {
    return rm(this.#pathOf(folder), { recursive: true, force: true });
  }

  /** @throws {FileStorageError} when the folder is not there, which is another matter than one without files. */
  async requireThere(): Promise<void> {
    if ((await stat(this.#root).catch(undefinedIfMissing))?.isDirectory()) return;
    throw new FileStorageError(
      `There is no folder ${this.#root} with the files of tenants. Mount it, or make it where there are none yet.`,
      undefined,
    );
  }

  /** Keys are made of harmless parts; this holds even if one is not. */
  #pathOf(key: string): string {
    const path = resolve(this.#root, key);
    if (!path.startsWith(this.#root + sep) || key.includes('\0'))
      throw new TypeError('The key leads out of the folder of files.');
    return path;
  }
}

/** Passes on bytes, and ends with an error as soon as there are too many, or at the end where there are too few. */
function exactly(sizeBytes: number) {
  return async function* (source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    let received = 0;
    for await (const chunk of source) {
      received += chunk.length;
      if (received > sizeBytes) break;
      yield chunk;
    }
    if (received !== sizeBytes)
      throw new FileUploadInvalidError(`The file must have the ${sizeBytes} bytes that were announced.`);
  };
}
