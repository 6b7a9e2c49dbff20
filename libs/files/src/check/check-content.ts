import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { TenantFile } from '../tenant-file.entity.js';
import { typeMismatch } from './content-types.js';

/** As much of a file is looked at to find its type: nothing in it is unpacked beyond that. */
const SAMPLE_BYTES = 65_536;

export type ContentCheck =
  | { readonly isGood: true; readonly sha256: string }
  | { readonly isGood: false; readonly reason: string };

/** Reads a file once, and compares it with what was announced: its size, its type and, if the client sent one, its checksum. */
export async function checkContent(
  content: Readable,
  { contentType, sizeBytes }: Pick<TenantFile, 'contentType' | 'sizeBytes'>,
  expectedSha256: string | undefined,
): Promise<ContentCheck> {
  const hash = createHash('sha256');
  const sample: Buffer[] = [];
  let read = 0;
  for await (const chunk of content as AsyncIterable<Buffer>) {
    if (read < SAMPLE_BYTES) sample.push(chunk.subarray(0, SAMPLE_BYTES - read));
    read += chunk.length;
    hash.update(chunk);
  }
  if (read !== sizeBytes) return refused(`It has ${read} bytes, not ${sizeBytes}.`);
  const sha256 = hash.digest('hex');
  if (expectedSha256 !== undefined && expectedSha256 !== sha256)
    return refused('It does not have the checksum that was sent.');
  const reason = typeMismatch(contentType, ...(await typeOf(Buffer.concat(sample))));
  return reason ? refused(reason) : { isGood: true, sha256 };
}

const refused = (reason: string): ContentCheck => ({ isGood: false, reason });

async function typeOf(sample: Buffer): Promise<readonly [string | undefined, Buffer]> {
  const { fileTypeFromBuffer } = await import('file-type');
  return [(await fileTypeFromBuffer(sample))?.mime, sample];
}
