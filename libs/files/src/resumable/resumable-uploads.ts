import type { Readable } from 'node:stream';
import { TenantContext } from '@rowhouse/core';
import { FileConflictError, FileNotFoundError, FileUploadInvalidError } from '../errors.js';
import { uploadKeyOf } from '../file-key.js';
import type { FileRecords } from '../file-records.js';
import type { NewFile } from '../new-file.js';
import { isCutOff } from '../store/disk.js';
import type { FileStore } from '../store/file-store.js';
import { inParts } from '../store/in-parts.js';
import type { UploadParts } from '../store/upload-parts.js';
import type { TenantFile } from '../tenant-file.entity.js';
import type { TenantFiles } from '../tenant-files.js';

/** What is lost at most when a process dies, and what an upload takes of its memory. */
const PART_BYTES = 8 * 2 ** 20;

export interface UploadProgress {
  readonly file: TenantFile;
  /** How many bytes have arrived to stay: a client goes on behind them. */
  readonly offset: number;
}

/**
 * Uploads of the tenant in force that go on where they stopped. Nothing is locked: parts that have arrived do not change, and what two
 * requests send for the same place, one of them has sent.
 */
export class ResumableUploads {
  constructor(
    private readonly files: TenantFiles,
    private readonly records: FileRecords,
    private readonly store: FileStore,
  ) {}

  /** Begins a file. @throws as {@link TenantFiles.presign}. */
  create(given: NewFile): Promise<TenantFile> {
    return this.files.beginResumable(given);
  }

  /** @throws {FileNotFoundError} when the tenant has no such upload, or its time is over. */
  async progress(id: string): Promise<UploadProgress> {
    const file = await this.#find(id);
    if (file.state !== 'pending') return { file, offset: file.sizeBytes };
    return { file, offset: (await this.#open(file)).sizeBytes };
  }

  /**
   * Takes what follows the offset, and keeps what has arrived if it is cut off.
   *
   * @throws {FileNotFoundError}
   * @throws {FileConflictError} when the upload has another offset, or is complete.
   * @throws {FileUploadInvalidError} when it has more bytes than were announced, too few for a part, or is cut off.
   */
  async receive(id: string, offset: number, body: Readable): Promise<UploadProgress> {
    const file = await this.#find(id);
    if (file.state !== 'pending') throw new FileConflictError('The upload of this file is completed.');
    const parts = await this.#open(file);
    if (offset !== parts.sizeBytes)
      throw new FileConflictError(`The upload goes on at byte ${parts.sizeBytes}.`);
    try {
      await this.#addAll(file, parts, body);
    } catch (error) {
      throw isCutOff(error) ? new FileUploadInvalidError('The upload was cut off.') : error;
    }
    if (parts.sizeBytes === file.sizeBytes) await this.#join(file, parts);
    return { file, offset: parts.sizeBytes };
  }

  async #addAll(file: TenantFile, parts: UploadParts, body: Readable): Promise<void> {
    const { minPartBytes } = this.store;
    const begin = parts.sizeBytes;
    for await (const part of inParts(body, PART_BYTES)) {
      const end = parts.sizeBytes + part.length;
      if (end > file.sizeBytes)
        throw new FileUploadInvalidError(`The file has ${file.sizeBytes} bytes, as announced, and no more.`);
      if (part.length >= minPartBytes || end === file.sizeBytes) await parts.add(part);
      else if (parts.sizeBytes === begin)
        throw new FileUploadInvalidError(
          `A request must bring ${minPartBytes} bytes at least, unless they are the last.`,
        );
    }
  }

  /** Gives up an upload. @throws {FileNotFoundError} @throws {FileConflictError} when it is complete. */
  async remove(id: string): Promise<void> {
    const { state } = await this.#find(id);
    if (state !== 'pending') throw new FileConflictError('The upload of this file is completed.');
    await this.files.purge(id);
  }

  async #find(id: string): Promise<TenantFile> {
    const file = await this.files.get(id);
    const isOver = file.state === 'pending' && file.uploadExpiresAt.getTime() <= Date.now();
    if (isOver) throw new FileNotFoundError();
    return file;
  }

  /** A process may have died between the last part and joining them. */
  async #open(file: TenantFile): Promise<UploadParts> {
    const parts = await this.store.openParts(keyOf(file));
    if (!parts.isJoined && parts.sizeBytes === file.sizeBytes) await this.#join(file, parts);
    return parts;
  }

  /** Another request may have done so meanwhile, and a third have completed the file. */
  async #join(file: TenantFile, parts: UploadParts): Promise<void> {
    try {
      await parts.join();
    } catch (error) {
      const isDone =
        (await this.store.openParts(keyOf(file))).isJoined ||
        (await this.records.find(file.id))?.state !== 'pending';
      if (!isDone) throw error;
    }
  }
}

const keyOf = ({ id }: TenantFile) => uploadKeyOf(TenantContext.require().id, id);
