import { randomBytes } from 'node:crypto';
import { checksumOf, toBase62 } from '../api-keys/api-key-format.js';

const TOKEN = /^(rhe_[0-9A-Za-z]{43})_([0-9a-f]{8})$/;

/** `rhe_<256 random bits in base 62>_<CRC-32 of what stands before>`: no API key looks like it. */
export function makeEntryToken(): string {
  const body = `rhe_${toBase62(randomBytes(32))}`;
  return `${body}_${checksumOf(body)}`;
}

/** Whether a text can be a token of {@link makeEntryToken}. */
export function isEntryToken(text: string): boolean {
  const [, body, checksum] = TOKEN.exec(text) ?? [];
  return body !== undefined && checksum === checksumOf(body);
}
