import { createHmac, timingSafeEqual } from 'node:crypto';
import { CursorInvalidError } from '../entity-errors.js';

/** Where a page ends: of each column that the listing is sorted by, its value as PostgreSQL writes it. */
export type CursorValues = readonly (string | null)[];

/** What a cursor is good for: whose rows, of which entity, in which order. */
export type CursorPurpose = readonly string[];

/** The values in base64url and their signature. They can be read by who has the cursor, and not be changed. */
export function writeCursor(values: CursorValues, purpose: CursorPurpose, secret: string): string {
  const payload = Buffer.from(JSON.stringify(values)).toString('base64url');
  return `${payload}.${signatureOf(payload, purpose, secret).toString('base64url')}`;
}

/**
 * @param secrets - one of them must have signed the cursor.
 * @throws {CursorInvalidError}
 */
export function readCursor(cursor: string, purpose: CursorPurpose, secrets: readonly string[]): CursorValues {
  const [payload = '', signature = '', ...rest] = cursor.split('.');
  const given = Buffer.from(signature, 'base64url');
  const isGenuine = secrets.some((secret) => {
    const expected = signatureOf(payload, purpose, secret);
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
  if (!isGenuine || rest.length > 0) throw new CursorInvalidError();
  return JSON.parse(Buffer.from(payload, 'base64url').toString());
}

/** HMAC (RFC 2104) with SHA-256. The parts cannot run into each other: neither JSON nor base64url has a line break. */
function signatureOf(payload: string, purpose: CursorPurpose, secret: string): Buffer {
  return createHmac('sha256', secret)
    .update(`rowhouse-cursor\n${JSON.stringify(purpose)}\n${payload}`)
    .digest();
}
