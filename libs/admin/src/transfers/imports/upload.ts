import type { Readable } from 'node:stream';
import { receiveBody, type UnreadRequest, unreadBodyOf } from '@rowhouse/nestjs/operator';
import type { ArchiveFiles, StoredFile } from '../archive-files.js';
import { UploadDamagedError, UploadTooLargeError, UploadTypeError } from '../transfer-errors.js';

/** What the body of an upload may be called. */
export const UPLOAD_TYPES = ['application/gzip', 'application/octet-stream'] as const;

const SHA_256 = /(?:^|,)\s*sha-256=:(?<digest>[A-Za-z0-9+/]{43}=):/;

/**
 * Writes the body of a request to the folder, as it arrives: memory does not grow with it.
 *
 * @throws {UploadTypeError} @throws {UploadTooLargeError}
 * @throws {UploadDamagedError} when it is empty, is cut off, or is not what `Content-Digest` says (RFC 9530). Nothing of it is left.
 */
export async function receive(
  request: UnreadRequest,
  files: ArchiveFiles,
  id: string,
  maxBytes: number,
): Promise<StoredFile> {
  const { headers } = request;
  const body = bodyOf(request, UPLOAD_TYPES);
  if (Number(headers['content-length'] ?? 0) > maxBytes) throw new UploadTooLargeError(maxBytes);
  const digest = digestIn(headers['content-digest']);
  const write = (stream: Readable) => files.write('upload', id, stream, { maxBytes });
  const file = await receiveBody(body, write).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ECONNRESET' || error.code === 'ERR_STREAM_PREMATURE_CLOSE')
      throw new UploadDamagedError('The upload was cut off.');
    throw error;
  });
  if (file.sizeBytes > 0 && (digest === undefined || digest === file.sha256)) return file;
  await files.remove('upload', id);
  throw new UploadDamagedError(
    file.sizeBytes === 0
      ? 'The request has no body.'
      : 'What has arrived does not have the checksum that Content-Digest says.',
  );
}

/** Whether the header has a checksum that can be compared. */
export function hasDigest({ headers }: UnreadRequest): boolean {
  return digestIn(headers['content-digest']) !== undefined;
}

/** The body, unread. @throws {UploadTypeError} */
export function bodyOf(request: UnreadRequest, types: readonly string[]): Readable {
  const body = unreadBodyOf(request, types);
  if (!body) throw new UploadTypeError();
  return body;
}

/** Other algorithms than SHA-256 may be ignored. */
function digestIn(header: string | undefined): string | undefined {
  const digest = SHA_256.exec(header ?? '')?.groups?.['digest'];
  return digest && Buffer.from(digest, 'base64').toString('hex');
}
