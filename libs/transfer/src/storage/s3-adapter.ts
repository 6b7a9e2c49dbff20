import type { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  GetObjectCommand,
  HeadBucketCommand,
  ListMultipartUploadsCommand,
  NoSuchKey,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import { AwsS3StorageAdapter } from '@flystorage/aws-s3';
import { FileWasNotFound, type MiscellaneousOptions, type WriteOptions } from '@flystorage/file-storage';
import { s3ClientConfig } from './s3-client-config.js';
import type { S3StorageOptions } from './s3-options.js';

/** A file has at most 10,000 parts: 156 GiB. */
const PART_BYTES = 16 * 2 ** 20;
/** Parts that are sent at the same time. One more is being filled. */
const PARTS_AT_ONCE = 2;

export class S3Adapter extends AwsS3StorageAdapter {
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #folder: string;

  constructor(options: S3StorageOptions) {
    const client = new S3Client(s3ClientConfig(options));
    const { bucket, prefix = '' } = options;
    super(client, {
      bucket,
      prefix,
      uploadConfiguration: { partSize: PART_BYTES, queueSize: PARTS_AT_ONCE },
    });
    this.#client = client;
    this.#bucket = bucket;
    this.#folder = prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`;
  }

  /** Of a given type: else it would be guessed from the first bytes. */
  override write(path: string, contents: Readable, options: WriteOptions): Promise<void> {
    return super.write(path, contents, { mimeType: 'application/octet-stream', ...options });
  }

  /** @param options.range - first and last byte. */
  override async read(
    path: string,
    { range, abortSignal }: MiscellaneousOptions & { readonly range?: { start: number; end: number } },
  ): Promise<Readable> {
    const command = new GetObjectCommand({
      Bucket: this.#bucket,
      Key: `${this.#folder}${path}`,
      ...(range && { Range: `bytes=${range.start}-${range.end}` }),
    });
    const { Body } = await this.#client.send(command, { abortSignal }).catch((error: unknown) => {
      throw error instanceof NoSuchKey ? FileWasNotFound.atLocation(path, { cause: error }) : error;
    });
    const body = Body as Readable;
    // Without it a body that is not read to its end would keep its connection.
    const destroy = () => body.destroy();
    abortSignal?.addEventListener('abort', destroy, { once: true });
    body.once('close', () => abortSignal?.removeEventListener('abort', destroy));
    return body;
  }

  /** With the parts of it that a process left behind which was killed while it wrote. */
  override async deleteFile(path: string, options: MiscellaneousOptions): Promise<void> {
    await super.deleteFile(path, options);
    const { abortSignal } = options;
    const file = { Bucket: this.#bucket, Key: `${this.#folder}${path}` };
    try {
      const { Uploads = [] } = await this.#client.send(
        new ListMultipartUploadsCommand({ Bucket: this.#bucket, Prefix: file.Key }),
        { abortSignal },
      );
      for (const { Key, UploadId } of Uploads)
        if (Key === file.Key)
          await this.#client.send(new AbortMultipartUploadCommand({ ...file, UploadId }), { abortSignal });
    } catch (error) {
      if (!mayNotList(error)) throw error;
    }
  }

  /** A bucket that is not there has no files either, which is another matter. */
  override async fileExists(path: string, options: MiscellaneousOptions): Promise<boolean> {
    if (await super.fileExists(path, options)) return true;
    await this.#client.send(new HeadBucketCommand({ Bucket: this.#bucket }), options);
    return false;
  }
}

/** Some keys may not list uploads, and some servers cannot: the bucket ends those that were not completed. */
function mayNotList(error: unknown): boolean {
  return error instanceof S3ServiceException && [403, 405, 501].includes(error.$metadata.httpStatusCode ?? 0);
}
