import { Readable } from 'node:stream';
import { StreamableFile } from '@nestjs/common';
import { actorOf, type PlatformResponse, rangeIn, rawResponseOf } from '@rowhouse/nestjs/operator';
import { archiveNameOf } from '@rowhouse/transfer';
import type { ArchiveFiles } from '../archive-files.js';
import { ExportNotFoundError } from '../transfer-errors.js';
import type { Exports } from './exports.js';

export interface DownloadRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

const TYPE = 'application/gzip';

/**
 * Answers with an archive, or with the range of it that the request asks for (RFC 9110, section 14).
 *
 * @throws {ExportNotFoundError}
 * @throws {RangeNotSatisfiableError}
 */
export async function download(
  exports: Exports,
  files: ArchiveFiles,
  id: string,
  request: DownloadRequest,
  response: PlatformResponse,
): Promise<StreamableFile | undefined> {
  const { method, headers } = request;
  const found = await exports.find(id);
  const { sizeBytes, sha256 } = found;
  const etag = `"${sha256}"`;
  response.header('ETag', etag);
  response.header('Accept-Ranges', 'bytes');
  response.header('Cache-Control', 'private, no-store');
  response.header('Repr-Digest', `sha-256=:${Buffer.from(sha256, 'hex').toString('base64')}:`);
  if (headers['if-none-match']?.split(',').some((tag) => tag.trim() === etag)) {
    response.status(304);
    return undefined;
  }
  const range = rangeIn(headers, { sizeBytes, etag }, response);
  const content = await files.open('export', id, range);
  if (!content) throw new ExportNotFoundError();
  rawResponseOf(response).once('close', () => content.destroy());
  if (method === 'HEAD') content.destroy();
  else await exports.noteDownload(found, actorOf(request));
  const length = range ? range.end - range.start + 1 : sizeBytes;
  if (range) {
    response.status(206);
    response.header('Content-Range', `bytes ${range.start}-${range.end}/${sizeBytes}`);
  }
  return new StreamableFile(method === 'HEAD' ? Readable.from([]) : content, {
    type: TYPE,
    length,
    disposition: `attachment; filename="${archiveNameOf(found, found.createdAt)}"`,
  });
}
