import { VectorsInvalidError } from '../errors.js';

/** Where a page ended, as text. It says nothing of a tenant, and is looked up in the one in force only. */
export function writeCursor(end: string | number): string {
  return Buffer.from(JSON.stringify(end)).toString('base64url');
}

interface Ends {
  readonly string: string;
  readonly number: number;
}

/** @throws {VectorsInvalidError} when no page of this store has ended so. */
export function parseCursor<Kind extends keyof Ends>(cursor: string, kind: Kind): Ends[Kind] {
  let end: unknown;
  try {
    end = JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    // Refused below.
  }
  const isEnd = kind === 'number' ? Number.isSafeInteger(end) && Number(end) >= 0 : typeof end === 'string';
  if (isEnd) return end as Ends[Kind];
  throw new VectorsInvalidError([{ field: 'after', expected: 'expected the next of a page' }]);
}
