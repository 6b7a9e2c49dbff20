import type { Readable } from 'node:stream';
import {
  CopyObjectCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  NoSuchKey,
  NotFound,
  paginateListObjectsV2,
  S3Client,
} from '@aws-sdk/client-s3';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { ByteRange } from '@rowhouse/nestjs/operator';
import { type S3StorageOptions, s3ClientConfig } from '@rowhouse/transfer';
import {
  type DownloadFacts,
  type FileStore,
  PART,
  type PresignedUpload,
  type StoredObject,
  type UploadFacts,
} from './file-store.js';
import { storageError } from './s3-errors.js';
import { abortUploads, S3Parts, unfinishedUploads } from './s3-parts.js';
import type { UploadParts } from './upload-parts.js';

/** Files in a bucket. Clients send to it and read from it with URLs and forms that this signs. */
export class S3FileStore implements FileStore {
  /** https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
  readonly minPartBytes = 5 * 2 ** 20;
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #prefix: string;

  constructor(options: S3StorageOptions) {
    const { bucket, prefix = '' } = options;
    this.#client = new S3Client(s3ClientConfig(options));
    this.#bucket = bucket;
    this.#prefix = prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`;
  }

  /** The bucket takes exactly these bytes, of this type, at this key. */
  async signUpload({ key, contentType, sizeBytes, expiresAt }: UploadFacts): Promise<PresignedUpload> {
    const { url, fields } = await createPresignedPost(this.#client, {
      ...this.#at(key),
      Fields: { 'Content-Type': contentType },
      Conditions: [['content-length-range', sizeBytes, sizeBytes]],
      Expires: secondsUntil(expiresAt),
    });
    return { method: 'POST', url, fields, headers: {} };
  }

  signDownload({ key, contentType, disposition, expiresAt }: DownloadFacts): Promise<string> {
    const command = new GetObjectCommand({
      ...this.#at(key),
      ResponseContentType: contentType,
      ResponseContentDisposition: disposition,
    });
    return getSignedUrl(this.#client, command, { expiresIn: secondsUntil(expiresAt) });
  }

  async place(uploadKey: string, key: string): Promise<boolean> {
    const upload = await this.#send(() => this.#client.send(new HeadObjectCommand(this.#at(uploadKey))));
    if (!upload)
      return (await this.#send(() => this.#client.send(new HeadObjectCommand(this.#at(key))))) !== undefined;
    const { Bucket, Key } = this.#at(uploadKey);
    const copied = await this.#send(() =>
      this.#client.send(
        new CopyObjectCommand({
          ...this.#at(key),
          CopySource: `${Bucket}/${Key.split('/').map(encodeURIComponent).join('/')}`,
          // What is sent to the URL meanwhile is not what is copied.
          CopySourceIfMatch: upload.ETag,
        }),
      ),
    );
    if (!copied) return false;
    await this.remove(uploadKey);
    return true;
  }

  openParts(uploadKey: string): Promise<UploadParts> {
    return S3Parts.open(this.#client, this.#at(uploadKey));
  }

  async read(key: string, range?: ByteRange): Promise<Readable | undefined> {
    const command = new GetObjectCommand({
      ...this.#at(key),
      ...(range && { Range: `bytes=${range.start}-${range.end}` }),
    });
    const found = await this.#send(() => this.#client.send(command));
    return found?.Body as Readable | undefined;
  }

  async remove(key: string): Promise<void> {
    await this.#send(async () => {
      if (key.endsWith(PART)) await abortUploads(this.#client, this.#at(key.slice(0, -PART.length)));
      else await this.#client.send(new DeleteObjectCommand(this.#at(key)));
    });
  }

  async *list(folder: string): AsyncIterable<StoredObject> {
    const { Bucket, Key: Prefix } = this.#at(folder);
    try {
      for await (const { Contents = [] } of paginateListObjectsV2(
        { client: this.#client },
        { Bucket, Prefix },
      ))
        for (const { Key = '', LastModified = new Date() } of Contents)
          yield { key: Key.slice(this.#prefix.length), modifiedAt: LastModified };
      for (const { key, begunAt } of await unfinishedUploads(this.#client, Bucket, Prefix))
        yield { key: key.slice(this.#prefix.length) + PART, modifiedAt: begunAt };
    } catch (error) {
      throw storageError(error);
    }
  }

  #at(key: string) {
    return { Bucket: this.#bucket, Key: `${this.#prefix}${key}` };
  }

  /** @returns `undefined` where there is no such object. @throws {FileStorageError} */
  async #send<T>(request: () => Promise<T>): Promise<T | undefined> {
    try {
      return await request();
    } catch (error) {
      if (error instanceof NoSuchKey || error instanceof NotFound) return undefined;
      throw storageError(error);
    }
  }
}

const secondsUntil = (moment: Date) => Math.max(1, Math.ceil((moment.getTime() - Date.now()) / 1_000));
