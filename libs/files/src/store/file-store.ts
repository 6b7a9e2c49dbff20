import type { Readable } from 'node:stream';
import type { ByteRange } from '@rowhouse/nestjs/operator';
import type { UploadParts } from './upload-parts.js';

/** How a client sends a file to the store. */
export interface PresignedUpload {
  /** `POST`: a form (`multipart/form-data`) with `fields`, and the file as its last field, `file`. `PUT`: the file itself, with `headers`. */
  readonly method: 'POST' | 'PUT';
  readonly url: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
}

export interface UploadFacts {
  readonly tenantId: string;
  readonly fileId: string;
  /** Where it waits until it is checked. */
  readonly key: string;
  readonly contentType: string;
  /** Exactly. */
  readonly sizeBytes: number;
  readonly expiresAt: Date;
}

export interface DownloadFacts {
  readonly tenantId: string;
  readonly fileId: string;
  readonly key: string;
  readonly contentType: string;
  /** The header `Content-Disposition`. */
  readonly disposition: string;
  readonly expiresAt: Date;
}

/** How names of uploads end that are still being written, or that arrive in parts. */
export const PART = '.part';

export interface StoredObject {
  readonly key: string;
  readonly sizeBytes: number;
  readonly modifiedAt: Date;
}

/** Where the content of files is. Every method may be repeated after a crash: it finds what was done. */
export interface FileStore {
  signUpload(upload: UploadFacts): Promise<PresignedUpload>;
  signDownload(download: DownloadFacts): Promise<string>;
  /**
   * Moves an upload to the place of its file, out of the reach of its URL.
   *
   * @returns false when there is neither an upload nor, from an earlier attempt, the file.
   */
  place(uploadKey: string, key: string): Promise<boolean>;
  /** The fewest bytes of a part, unless it is the last. */
  readonly minPartBytes: number;
  /** An upload that arrives in parts. Until they are joined, {@link list} and {@link remove} know it by its key and {@link PART}. */
  openParts(uploadKey: string): Promise<UploadParts>;
  /** @returns `undefined` when there is none. */
  read(key: string, range?: ByteRange): Promise<Readable | undefined>;
  /** It is no error when there is none. */
  remove(key: string): Promise<void>;
  /** Everything below a folder; keys that begin alike follow each other, but for those of what arrives in parts. */
  list(folder: string): AsyncIterable<StoredObject>;
  /** Writes an object of so many bytes, as a whole or not at all, over what is there. */
  write(key: string, content: Readable, sizeBytes: number): Promise<void>;
  /** Removes everything below a folder, and what has arrived of objects there that were never whole. */
  removeAll(folder: string, signal?: AbortSignal): Promise<void>;
}
