import type { Readable } from 'node:stream';
import { TenantContext } from '@rowhouse/core';
import type { TenantJobs } from '@rowhouse/transfer/jobs';
import { checkContent } from './check/check-content.js';
import { FileConflictError, FileNotFoundError } from './errors.js';
import { keyOf, thumbnailKeysOf, uploadKeyOf } from './file-key.js';
import type { FileFilter, FileRecords, Settlement } from './file-records.js';
import type { FilesOptions } from './files-options.js';
import { type NewFile, newTenantFile } from './new-file.js';
import { SCAN_JOB } from './scan/scan-job.js';
import { attachmentOf } from './store/attachment.js';
import { type FileStore, PART, type PresignedUpload } from './store/file-store.js';
import type { FileState, TenantFile } from './tenant-file.entity.js';
import { isPicture, THUMBNAIL_JOB } from './thumbnails/thumbnail-job.js';

export interface BegunUpload {
  readonly file: TenantFile;
  readonly upload: PresignedUpload;
}

export interface PresignedDownload {
  readonly url: string;
  readonly expiresAt: Date;
}

/** Why a file is not served. */
const NOT_SERVED: Readonly<Record<Exclude<FileState, 'ready'>, string>> = {
  pending: 'The file has not been uploaded, or its upload not been completed.',
  checking: 'The file is being checked.',
  scanning: 'The file is being scanned.',
  quarantined: 'The file is quarantined: the virus scanner has found something in it.',
  rejected: 'The file was rejected.',
  purging: 'The file is being removed.',
};

/** A client that asks again after so long finds that a check or a scan has gone on. */
const RETRY_SECONDS = 2;

/**
 * The files of the tenant in force. Every method needs a tenant's context (`TENANT_CONTEXT_MISSING`), and knows the files of that tenant
 * only: ids of others are `FILE_NOT_FOUND`.
 */
export class TenantFiles {
  readonly #records: FileRecords;
  readonly #store: FileStore;
  readonly #options: FilesOptions;
  readonly #jobs: TenantJobs | undefined;

  constructor(records: FileRecords, store: FileStore, options: FilesOptions, jobs: TenantJobs | undefined) {
    this.#records = records;
    this.#store = store;
    this.#options = options;
    this.#jobs = jobs;
  }

  /**
   * Begins a file: its row, and what a client needs to send its content to the store.
   *
   * @throws {RequestInvalidError} @throws {FileTypeRefusedError} @throws {FileTooLargeError}
   * @throws {QuotaExceededError} when the tenant would have more bytes than the quota `fileBytes` of its plan.
   */
  async presign(given: NewFile): Promise<BegunUpload> {
    const { id: tenantId } = TenantContext.require();
    const expiresAt = this.#in(this.#options.uploadUrlMs);
    const file = await this.#begin(given, expiresAt);
    const { id: fileId, contentType, sizeBytes } = file;
    const key = uploadKeyOf(tenantId, fileId);
    const upload = await this.#store.signUpload({ tenantId, fileId, key, contentType, sizeBytes, expiresAt });
    return { file, upload };
  }

  /** Begins a file whose content comes by {@link ResumableUploads}. @throws as {@link presign}. */
  beginResumable(given: NewFile): Promise<TenantFile> {
    TenantContext.require();
    return this.#begin(given, this.#in(this.#options.resumableUploadMs));
  }

  /** The row comes first: there is no content without one. */
  async #begin(given: NewFile, expiresAt: Date): Promise<TenantFile> {
    const file = newTenantFile(given, this.#options, expiresAt);
    await this.#records.insert(file);
    return file;
  }

  /**
   * Checks an upload: its size, its content against its type, its checksum. Called again, it answers with what became of it.
   *
   * @param sha256 - in hexadecimal digits, where the client knows it.
   * @returns the file, which is `ready`, `scanning` or `rejected`.
   * @throws {FileNotFoundError}
   * @throws {FileConflictError} when nothing was uploaded, or somebody checks it now.
   */
  async complete(id: string, { sha256 }: { readonly sha256?: string | undefined } = {}): Promise<TenantFile> {
    const found = await this.get(id);
    const claim = await this.#records.claim(id);
    if (claim) return this.#check(found, claim, sha256);
    const file = await this.get(id);
    if (file.state === 'checking') throw new FileConflictError(NOT_SERVED.checking, RETRY_SECONDS);
    return file;
  }

  async #check(file: TenantFile, claim: string, sha256: string | undefined): Promise<TenantFile> {
    const { id: tenantId } = TenantContext.require();
    const key = keyOf(tenantId, file);
    try {
      // From here on the URL of the upload does not reach it.
      const isThere = await this.#store.place(uploadKeyOf(tenantId, file.id), key);
      const content = isThere ? await this.#store.read(key) : undefined;
      if (!content) throw new FileConflictError('Nothing was uploaded yet.');
      const check = await checkContent(content, file, sha256);
      const isSettled = await this.#settle(file, claim, {
        state: check.isGood ? (this.#options.scan ? 'scanning' : 'ready') : 'rejected',
        reason: check.isGood ? null : check.reason,
        sha256: check.isGood ? check.sha256 : null,
      });
      if (isSettled && !check.isGood) await this.#store.remove(key);
    } catch (error) {
      await this.#records.unclaim(file.id, claim);
      throw error;
    }
    return this.get(file.id);
  }

  /** A file that waits for the scanner, or for its thumbnail, has its job: both are committed, or neither. */
  #settle(file: TenantFile, claim: string, settlement: Settlement): Promise<boolean> {
    const { id } = file;
    const job = this.#jobAfter(settlement.state, file);
    if (!job) return this.#records.settle(id, claim, settlement);
    return this.#records.transaction(async (manager) => {
      const isSettled = await this.#records.settle(id, claim, settlement, manager);
      if (isSettled) await this.#jobs?.enqueue(job, { fileId: id }, { manager, singletonKey: id });
      return isSettled;
    });
  }

  #jobAfter(state: FileState, file: TenantFile): string | undefined {
    if (state === 'scanning') return SCAN_JOB;
    return state === 'ready' && this.#options.thumbnails && isPicture(file) ? THUMBNAIL_JOB : undefined;
  }

  /** @throws {FileNotFoundError} for those that are deleted, too. */
  async get(id: string): Promise<TenantFile> {
    const file = await this.#records.get(id);
    if (file.deletedAt || file.state === 'purging') throw new FileNotFoundError();
    return file;
  }

  /** Files, latest first. */
  list(filter: FileFilter): Promise<TenantFile[]> {
    TenantContext.require();
    return this.#records.list(filter);
  }

  /**
   * A URL from which the content is read. It is always an attachment: browsers save it and do not show it.
   *
   * @throws {FileNotFoundError}
   * @throws {FileConflictError} when it is not served, or not yet.
   */
  async download(id: string): Promise<PresignedDownload> {
    const { id: tenantId } = TenantContext.require();
    const file = await this.requireServed(id);
    const expiresAt = this.#in(this.#options.downloadUrlMs);
    const url = await this.#store.signDownload({
      tenantId,
      fileId: id,
      key: keyOf(tenantId, file),
      contentType: file.contentType,
      disposition: attachmentOf(file.name),
      expiresAt,
    });
    return { url, expiresAt };
  }

  /**
   * The content of a file, for work of the app's own such as an index of its text.
   *
   * @returns a stream that the caller reads to its end, or destroys.
   * @throws {FileNotFoundError}
   * @throws {FileConflictError} when it is not served, or not yet.
   */
  async read(id: string): Promise<Readable> {
    const { id: tenantId } = TenantContext.require();
    const content = await this.#store.read(keyOf(tenantId, await this.requireServed(id)));
    if (!content) throw new FileNotFoundError();
    return content;
  }

  /** @throws {FileNotFoundError} @throws {FileConflictError} */
  async requireServed(id: string): Promise<TenantFile> {
    const file = await this.get(id);
    if (file.state === 'ready') return file;
    const isUnderWay = file.state === 'checking' || file.state === 'scanning';
    throw new FileConflictError(NOT_SERVED[file.state], isUnderWay ? RETRY_SECONDS : undefined);
  }

  /** Deletes a file. It is kept for `retentionDays`, and can be restored. @throws {FileNotFoundError} */
  async delete(id: string): Promise<void> {
    if (!(await this.#records.delete(id))) throw new FileNotFoundError();
  }

  /** Takes back a deletion. @throws {FileNotFoundError} when there is no such deleted file. */
  async restore(id: string): Promise<TenantFile> {
    if (!(await this.#records.restore(id))) throw new FileNotFoundError();
    return this.get(id);
  }

  /**
   * Removes a file, deleted or not, with its content. It cannot be undone.
   *
   * @throws {FileNotFoundError}
   * @throws {FileConflictError} while it is being checked.
   */
  async purge(id: string): Promise<void> {
    const { id: tenantId } = TenantContext.require();
    const file = await this.#records.get(id);
    if (!(await this.#records.beginPurge(id)))
      throw new FileConflictError(NOT_SERVED.checking, RETRY_SECONDS);
    // The row goes last: what is left by a crash, the clean-up finds by it.
    const upload = uploadKeyOf(tenantId, id);
    const thumbnails = isPicture(file) ? thumbnailKeysOf(tenantId, file) : [];
    for (const key of [upload, upload + PART, ...thumbnails, keyOf(tenantId, file)])
      await this.#store.remove(key);
    await this.#records.endPurge(id);
  }

  /** A URL outlives no operator's entry. */
  #in(ms: number): Date {
    const end = Date.now() + ms;
    return new Date(Math.min(end, TenantContext.entry()?.expiresAt.getTime() ?? end));
  }
}
