import { createHash, timingSafeEqual } from 'node:crypto';

/**
 * Compares two secrets in a time that does not depend on where they differ (digests, because `timingSafeEqual` needs equal lengths).
 *
 * @param expected - an empty one, or none, is equal to nothing.
 */
export function isSameSecret(given: string, expected: string | undefined): boolean {
  return expected !== undefined && expected !== '' && timingSafeEqual(digest(given), digest(expected));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
