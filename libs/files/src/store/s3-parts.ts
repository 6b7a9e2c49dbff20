import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  type ListPartsCommandOutput,
  NoSuchUpload,
  NotFound,
  type Part,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { asking } from './s3-errors.js';
import type { UploadParts } from './upload-parts.js';

interface Place {
  readonly Bucket: string;
  readonly Key: string;
}

/** Parts of a multipart upload of the bucket, which knows itself what has arrived. */
export class S3Parts implements UploadParts {
  private constructor(
    private readonly client: S3Client,
    private readonly at: Place,
    private uploadId: string | undefined,
    private readonly parts: CompletedPart[],
    public sizeBytes: number,
    public isJoined: boolean,
  ) {}

  /** @throws {FileStorageError} as all its methods. */
  static open(client: S3Client, at: Place): Promise<S3Parts> {
    return asking(() => S3Parts.#open(client, at));
  }

  static async #open(client: S3Client, at: Place): Promise<S3Parts> {
    const joined = await client.send(new HeadObjectCommand(at)).catch(undefinedIfNotFound);
    if (joined) return new S3Parts(client, at, undefined, [], joined.ContentLength ?? 0, true);
    const [first] = (await unfinishedUploads(client, at.Bucket, at.Key)).filter(({ key }) => key === at.Key);
    const parts: CompletedPart[] = [];
    let end = 0;
    if (first)
      for await (const { PartNumber, ETag, Size = 0 } of partsIn(client, at, first.uploadId)) {
        if (PartNumber !== parts.length + 1) continue;
        parts.push({ PartNumber, ETag });
        end += Size;
      }
    return new S3Parts(client, at, first?.uploadId, parts, end, false);
  }

  async add(bytes: Buffer): Promise<void> {
    const PartNumber = this.parts.length + 1;
    const { ETag } = await asking(async () => {
      this.uploadId ??= (await this.client.send(new CreateMultipartUploadCommand(this.at))).UploadId;
      return this.client.send(
        new UploadPartCommand({ ...this.at, UploadId: this.uploadId, PartNumber, Body: bytes }),
      );
    });
    this.parts.push({ PartNumber, ETag });
    this.sizeBytes += bytes.length;
  }

  async join(): Promise<void> {
    const done = { ...this.at, UploadId: this.uploadId, MultipartUpload: { Parts: this.parts } };
    await asking(() => this.client.send(new CompleteMultipartUploadCommand(done)));
    this.isJoined = true;
  }
}

/** The last page has a marker, too, so that the paginator of the SDK would not end. */
async function* partsIn(client: S3Client, at: Place, UploadId: string): AsyncGenerator<Part> {
  let PartNumberMarker: string | undefined;
  do {
    const page: ListPartsCommandOutput = await client.send(
      new ListPartsCommand({ ...at, UploadId, PartNumberMarker }),
    );
    yield* page.Parts ?? [];
    PartNumberMarker = page.IsTruncated ? page.NextPartNumberMarker : undefined;
  } while (PartNumberMarker !== undefined);
}

export interface UnfinishedUpload {
  readonly key: string;
  readonly uploadId: string;
  readonly begunAt: Date;
}

/** Those whose keys begin so; the earliest first, so that all who ask find the same one. */
export async function unfinishedUploads(
  client: S3Client,
  Bucket: string,
  Prefix: string,
): Promise<UnfinishedUpload[]> {
  const found: UnfinishedUpload[] = [];
  let next: { KeyMarker?: string | undefined; UploadIdMarker?: string | undefined } | undefined = {};
  while (next) {
    const page: Awaited<ReturnType<typeof list>> = await list(client, { Bucket, Prefix, ...next });
    for (const { Key: key = '', UploadId: uploadId = '', Initiated: begunAt = new Date() } of page.Uploads ??
      [])
      found.push({ key, uploadId, begunAt });
    next = page.IsTruncated
      ? { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker }
      : undefined;
  }
  return found.sort(
    (a, b) => a.begunAt.getTime() - b.begunAt.getTime() || (a.uploadId < b.uploadId ? -1 : 1),
  );
}

const list = (client: S3Client, input: ConstructorParameters<typeof ListMultipartUploadsCommand>[0]) =>
  client.send(new ListMultipartUploadsCommand(input));

/** Gives up uploads of this key that were not joined. */
export async function abortUploads(client: S3Client, at: Place): Promise<void> {
  for (const { key, uploadId } of await unfinishedUploads(client, at.Bucket, at.Key)) {
    if (key !== at.Key) continue;
    await client
      .send(new AbortMultipartUploadCommand({ ...at, UploadId: uploadId }))
      .catch((error: unknown) => {
        if (!(error instanceof NoSuchUpload)) throw error;
      });
  }
}

function undefinedIfNotFound(error: unknown): undefined {
  if (!(error instanceof NotFound)) throw error;
}
