import type { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  NoSuchKey,
  NotFound,
  PutObjectCommand,
  paginateListObjectsV2,
  S3Client,
  S3ServiceException,
  UploadPartCommand,
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
import { inParts } from './in-parts.js';
import { asking, storageError } from './s3-errors.js';
import { abortUploads, S3Parts, unfinishedUploads } from './s3-parts.js';
import type { UploadParts } from './upload-parts.js';

/** What is written at a time: an object of 5 GiB has some 300 parts. */
const PART_BYTES = 16 * 2 ** 20;

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
      if (key.endsWith(PART))
        await abortUploads(this.#client, this.#at(key.slice(0, -PART.length))).catch(noneIfHidden);
      // A file may be called so, too.
      await this.#client.send(new DeleteObjectCommand(this.#at(key)));
    });
  }

  async *list(folder: string): AsyncIterable<StoredObject> {
    const { Bucket, Key: Prefix } = this.#at(folder);
    try {
      for await (const { Contents = [] } of paginateListObjectsV2(
        { client: this.#client },
        { Bucket, Prefix },
      ))
        for (const { Key = '', Size = 0, LastModified = new Date() } of Contents)
          yield { key: Key.slice(this.#prefix.length), sizeBytes: Size, modifiedAt: LastModified };
      for (const { key, begunAt } of await unfinishedUploads(this.#client, Bucket, Prefix).catch(
        noneIfHidden,
      ))
        yield { key: key.slice(this.#prefix.length) + PART, sizeBytes: 0, modifiedAt: begunAt };
    } catch (error) {
      throw storageError(error);
    }
  }

  async write(key: string, content: Readable, sizeBytes: number): Promise<void> {
    const parts = inParts(content, PART_BYTES);
    const first = (await parts.next()).value ?? Buffer.alloc(0);
    if (sizeBytes > PART_BYTES) return this.#writeParts(key, first, parts);
    // To its end: there it turns out whether it is what it should be.
    await parts.next();
    await asking(() => this.#client.send(new PutObjectCommand({ ...this.#at(key), Body: first })));
  }

  async #writeParts(key: string, first: Buffer, others: AsyncIterable<Buffer>): Promise<void> {
    const at = this.#at(key);
    const { UploadId } = await asking(() => this.#client.send(new CreateMultipartUploadCommand(at)));
    try {
      const Parts: { PartNumber: number; ETag: string | undefined }[] = [];
      const send = async (Body: Buffer) => {
        const PartNumber = Parts.length + 1;
        const command = new UploadPartCommand({ ...at, UploadId, PartNumber, Body });
        const { ETag } = await asking(() => this.#client.send(command));
        Parts.push({ PartNumber, ETag });
      };
      await send(first);
      for await (const part of others) await send(part);
      const command = new CompleteMultipartUploadCommand({ ...at, UploadId, MultipartUpload: { Parts } });
      await asking(() => this.#client.send(command));
    } catch (error) {
      // Where that fails too, the bucket ends what was not completed.
      await this.#client.send(new AbortMultipartUploadCommand({ ...at, UploadId })).catch(() => {});
      throw error;
    }
  }

  async removeAll(folder: string, signal?: AbortSignal): Promise<void> {
    for await (const { key } of this.list(folder)) {
      signal?.throwIfAborted();
      await this.remove(key);
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

/** Some keys may not list uploads, and some servers cannot: the bucket ends those that were not completed. */
function noneIfHidden(error: unknown): [] {
  const { httpStatusCode = 0 } = error instanceof S3ServiceException ? error.$metadata : {};
  if (![403, 405, 501].includes(httpStatusCode)) throw error;
  return [];
}

const secondsUntil = (moment: Date) => Math.max(1, Math.ceil((moment.getTime() - Date.now()) / 1_000));
