import { TenantIdInvalidError } from '@rowhouse/core';
import { MAX_REFERENCE_LENGTH } from '../tenant-reference.js';

/** Every character of the longest identifier may come as `%xx`. */
export const MAX_ENCODED_LENGTH = MAX_REFERENCE_LENGTH * 3;

/**
 * Undoes percent-encoding (RFC 3986, section 2.1), exactly once: `%2561` is `%61`, and stays so.
 *
 * @throws {TenantIdInvalidError} when the text is over-long, or the encoding broken or not UTF-8.
 */
export function decodeOnce(text: string): string {
  if (text.length > MAX_ENCODED_LENGTH) throw new TenantIdInvalidError();
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    throw new TenantIdInvalidError();
  }
}
