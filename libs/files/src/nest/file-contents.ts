import { Readable } from 'node:stream';
import { StreamableFile } from '@nestjs/common';
import { TenantContext } from '@rowhouse/core';
import type { TenantRunner } from '@rowhouse/nestjs';
import { type PlatformResponse, rangeIn, rawResponseOf } from '@rowhouse/nestjs/operator';
import { FileConflictError, FileNotFoundError, FileUploadInvalidError } from '../errors.js';
import { keyOf, uploadKeyOf } from '../file-key.js';
import { attachmentOf } from '../store/attachment.js';
import type { FileStore } from '../store/file-store.js';
import { LocalFileStore } from '../store/local-file-store.js';
import type { TenantFiles } from '../tenant-files.js';

export interface ContentRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
}

/** The content of files on a disk, by signed URLs: each is looked up in its tenant, as the tenant is now. */
export class FileContents {
  constructor(
    private readonly store: FileStore,
    private readonly files: TenantFiles,
    private readonly tenants: TenantRunner,
  ) {}

  /** @throws {FileUrlInvalidError} @throws {FileConflictError} when the file was completed. @throws {FileUploadInvalidError} */
  async receive(token: unknown, body: Readable, announcedBytes: number): Promise<void> {
    const store = this.#local();
    const { tenantId, fileId } = store.urls.verify('put', token);
    await this.tenants.run(tenantId, async () => {
      const { state, sizeBytes } = await this.files.get(fileId);
      if (state !== 'pending') throw new FileConflictError('The upload of this file is completed.');
      if (!Number.isNaN(announcedBytes) && announcedBytes !== sizeBytes)
        throw new FileUploadInvalidError(`The file must have the ${sizeBytes} bytes that were announced.`);
      await store.write(uploadKeyOf(tenantId, fileId), body, sizeBytes);
    });
  }

  /**
   * Answers with a file, or with the range of it that the request asks for (RFC 9110, section 14).
   *
   * @throws {FileUrlInvalidError} @throws {FileNotFoundError} @throws {FileConflictError} @throws {RangeNotSatisfiableError}
   */
  serve(
    token: unknown,
    { method, headers }: ContentRequest,
    response: PlatformResponse,
  ): Promise<StreamableFile | undefined> {
    const store = this.#local();
    const { tenantId, fileId } = store.urls.verify('get', token);
    return this.tenants.run(tenantId, async () => {
      const file = await this.files.requireServed(fileId);
      const { sizeBytes } = file;
      const etag = `"${file.sha256}"`;
      protect(response, etag);
      if (headers['if-none-match']?.split(',').some((tag) => tag.trim() === etag)) {
        response.status(304);
        return undefined;
      }
      const range = rangeIn(headers, { sizeBytes, etag }, response);
      const content = await store.read(keyOf(TenantContext.require().id, file), range);
      if (!content) throw new FileNotFoundError();
      rawResponseOf(response).once('close', () => content.destroy());
      if (range) {
        response.status(206);
        response.header('Content-Range', `bytes ${range.start}-${range.end}/${sizeBytes}`);
      }
      if (method === 'HEAD') content.destroy();
      return new StreamableFile(method === 'HEAD' ? Readable.from([]) : content, {
        type: file.contentType,
        length: range ? range.end - range.start + 1 : sizeBytes,
        disposition: attachmentOf(file.name),
      });
    });
  }

  /** @throws {FileNotFoundError} Files in a bucket are served by the bucket. */
  #local(): LocalFileStore {
    if (this.store instanceof LocalFileStore) return this.store;
    throw new FileNotFoundError();
  }
}

/** Whatever a file is, no browser runs it in the app's name. */
function protect(response: PlatformResponse, etag: string): void {
  response.header('ETag', etag);
  response.header('Accept-Ranges', 'bytes');
  response.header('Cache-Control', 'private, no-store');
  response.header('X-Content-Type-Options', 'nosniff');
  response.header('Content-Security-Policy', "default-src 'none'; sandbox");
}
