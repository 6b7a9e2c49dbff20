import { RangeNotSatisfiableError } from './operator-errors.js';
import type { PlatformResponse } from './platform-response.js';

/** Both ends are included. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** What is answered with. */
interface RangedFile {
  readonly sizeBytes: number;
  readonly etag: string;
}

const SINGLE = /^bytes=(?:(?<first>\d+)-(?<last>\d*)|-(?<suffix>\d+))$/i;

/**
 * The bytes that a request asks for (RFC 9110, section 14.2).
 *
 * @param range - the header `Range`.
 * @param ifRange - the header `If-Range`: of another file than that with the etag, the whole is answered.
 * @returns `undefined` for the whole: without a range, and for several or others than bytes, which a server may ignore.
 * @throws {RangeNotSatisfiableError}
 */
export function rangeOf(
  range: string | undefined,
  ifRange: string | undefined,
  { sizeBytes, etag }: RangedFile,
): ByteRange | undefined {
  if (ifRange !== undefined && ifRange.trim() !== etag) return undefined;
  const { first, last, suffix } = SINGLE.exec(range?.trim() ?? '')?.groups ?? {};
  if (suffix !== undefined) {
    if (Number(suffix) === 0) throw new RangeNotSatisfiableError();
    return { start: Math.max(0, sizeBytes - Number(suffix)), end: sizeBytes - 1 };
  }
  if (first === undefined) return undefined;
  const start = Number(first);
  const end = last ? Number(last) : sizeBytes - 1;
  // A range that ends before it begins is none.
  if (end < start && last) return undefined;
  if (start >= sizeBytes) throw new RangeNotSatisfiableError();
  return { start, end: Math.min(end, sizeBytes - 1) };
}

/**
 * The bytes that a request asks for, as {@link rangeOf}. Where there are none, the answer says how many the file has (RFC 9110, section 15.5.17).
 *
 * @throws {RangeNotSatisfiableError}
 */
export function rangeIn(
  headers: Readonly<Record<string, string | undefined>>,
  file: RangedFile,
  response: PlatformResponse,
): ByteRange | undefined {
  try {
    return rangeOf(headers['range'], headers['if-range'], file);
  } catch (error) {
    if (error instanceof RangeNotSatisfiableError)
      response.header('Content-Range', `bytes */${file.sizeBytes}`);
    throw error;
  }
}
