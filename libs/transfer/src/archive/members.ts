import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import { z } from 'zod';
import { ArchiveInvalidError } from '../errors.js';
import { MAX_JSON_BYTES } from './archive-format.js';

/**
 * An archive is a sequence of members: each is compressed by itself and says how many bytes it has, so that a reader finds all of them
 * without decompressing any, and several can be compressed at the same time. For other programs it is one gzip or zstd file.
 */

const ARCHIVE_COMPRESSIONS = ['gzip', 'zstd'] as const;
/** `zstd` is smaller and less work; Node has it from 22.15 and 23.8. */
export type ArchiveCompression = (typeof ARCHIVE_COMPRESSIONS)[number];

/** What Node 20 lacks, and what its types do not know. */
interface Zstd {
  zstdCompress?(content: Buffer, callback: (error: Error | null, result: Buffer) => void): void;
  zstdDecompress?(
    content: Buffer,
    options: object,
    callback: (error: Error | null, result: Buffer) => void,
  ): void;
  readonly constants: { readonly ZSTD_d_windowLogMax?: number };
}
const zstd = zlib as unknown as Zstd;
const gzip = promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.gzip);
const gunzip = promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.gunzip);

/** Bytes that are compressed at a time: each time costs a turn of the thread pool, and so much memory. Most parts become less. */
const CHUNK_BYTES = 256 * 1_024;
/** So many bytes are compressed at once, in less time than it takes to have it done elsewhere. */
const FEW_BYTES = 32 * 1_024;
/** Bytes that are decompressed at a time: a part, as Rowhouse writes it, with its header is one piece, which nothing has to copy. */
const CONTENT_BYTES = 1_024 * 1_024 + 4_096;
/** Fast: archives are about as large as with zlib's default, and several times as quick to write. */
const GZIP_LEVEL = 1;
/** A file says how much memory reading it takes: 8 MiB is what zstd's own levels up to 19 need. */
const ZSTD_WINDOW_LOG = 23;

/** The fields of a gzip member without options: RFC 1952, 2.3. */
const GZIP_HEADER_BYTES = 10;
const GZIP_FLAGS_AT = 3;
const HAS_EXTRA_FIELD = 4;
/** The extra field: its length (8), the subfield `RH` with the length 4, and the bytes of the whole member (RFC 1952, 2.3.1.1). */
const GZIP_EXTRA = Buffer.from([8, 0, 0x52, 0x48, 4, 0]);
const GZIP_SIZE_AT = GZIP_HEADER_BYTES + GZIP_EXTRA.length;
const GZIP_START = Buffer.from([0x1f, 0x8b, 8, HAS_EXTRA_FIELD]);

/** A skippable frame of four bytes: the bytes of the frame that follows it (RFC 8878, 3.1.2). */
const ZSTD_START = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0]);
const ZSTD_PREFIX_BYTES = ZSTD_START.length + 4;

/** Of these a member says how long it is. */
const PREFIX_BYTES = GZIP_SIZE_AT + 4;
/** More than the largest entry has when it is stored as it is. */
const MAX_MEMBER_BYTES = MAX_JSON_BYTES + 64 * 1_024;

const NO_ARCHIVE = 'The file is no archive.';

export const compressionSchema = z
  .enum(ARCHIVE_COMPRESSIONS)
  .refine((one) => one !== 'zstd' || zstd.zstdCompress !== undefined, {
    error: 'zstd needs Node 22.15, 23.8 or later: use gzip',
  });

/** @param compression - one that `compressionSchema` accepts. */
export async function memberOf(content: Buffer, compression: ArchiveCompression): Promise<Buffer> {
  if (compression === 'zstd') {
    const frame = await promisify(zstd.zstdCompress as NonNullable<Zstd['zstdCompress']>)(content);
    const size = Buffer.alloc(4);
    size.writeUInt32LE(frame.length);
    return Buffer.concat([ZSTD_START, size, frame]);
  }
  const chunkSize = Math.max(zlib.constants.Z_MIN_CHUNK, Math.min(CHUNK_BYTES, content.length));
  const options = { level: GZIP_LEVEL, chunkSize };
  const plain = content.length <= FEW_BYTES ? zlib.gzipSync(content, options) : await gzip(content, options);
  const size = Buffer.alloc(4);
  size.writeUInt32LE(plain.length + GZIP_EXTRA.length + size.length);
  const header = Buffer.from(plain.subarray(0, GZIP_HEADER_BYTES));
  header[GZIP_FLAGS_AT] = HAS_EXTRA_FIELD;
  return Buffer.concat([header, GZIP_EXTRA, size, plain.subarray(GZIP_HEADER_BYTES)]);
}

/**
 * What a member holds.
 *
 * @throws {ArchiveInvalidError} when it is damaged, holds more than `maxBytes`, or needs a later Node.
 */
export async function contentOf(member: Buffer, maxBytes: number): Promise<Buffer> {
  const isGzip = member.subarray(0, GZIP_START.length).equals(GZIP_START);
  if (!isGzip && !zstd.zstdDecompress)
    throw new ArchiveInvalidError(
      'The archive is compressed with zstd, which needs Node 22.15, 23.8 or later. Read it there.',
    );
  try {
    if (isGzip) return await gunzip(member, { chunkSize: CONTENT_BYTES, maxOutputLength: maxBytes });
    return await promisify(zstd.zstdDecompress as NonNullable<Zstd['zstdDecompress']>)(
      member.subarray(ZSTD_PREFIX_BYTES),
      {
        chunkSize: CONTENT_BYTES,
        maxOutputLength: maxBytes,
        params: { [zstd.constants.ZSTD_d_windowLogMax as number]: ZSTD_WINDOW_LOG },
      },
    );
  } catch (error) {
    throw new ArchiveInvalidError(
      'A part of the archive is damaged, or larger than an export writes.',
      error,
    );
  }
}

/**
 * The members of a file, one after the other, each in memory as a whole.
 *
 * @throws {ArchiveInvalidError} for what is none, and for one that is cut off.
 */
export async function* membersOf(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let chunks: Uint8Array[] = [];
  let bytes = 0;
  let size: number | undefined;
  for await (const chunk of source) {
    chunks.push(chunk);
    bytes += chunk.length;
    while (bytes >= (size ?? PREFIX_BYTES)) {
      const all = Buffer.concat(chunks);
      if (size === undefined) size = sizeOf(all);
      else {
        yield all.subarray(0, size);
        bytes -= size;
        size = undefined;
      }
      chunks = [size === undefined ? all.subarray(all.length - bytes) : all];
    }
  }
  if (bytes > 0) throw new ArchiveInvalidError(bytes < PREFIX_BYTES ? NO_ARCHIVE : 'The archive is cut off.');
}

function sizeOf(start: Buffer): number {
  const size = saidSize(start);
  if (size === undefined || size < PREFIX_BYTES || size > MAX_MEMBER_BYTES)
    throw new ArchiveInvalidError(NO_ARCHIVE);
  return size;
}

function saidSize(start: Buffer): number | undefined {
  const hasExtra = start.subarray(GZIP_HEADER_BYTES, GZIP_SIZE_AT).equals(GZIP_EXTRA);
  if (hasExtra && start.subarray(0, GZIP_START.length).equals(GZIP_START))
    return start.readUInt32LE(GZIP_SIZE_AT);
  if (start.subarray(0, ZSTD_START.length).equals(ZSTD_START))
    return ZSTD_PREFIX_BYTES + start.readUInt32LE(ZSTD_START.length);
  return undefined;
}
