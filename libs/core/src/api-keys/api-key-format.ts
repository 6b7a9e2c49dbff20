import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { OptionsInvalidError } from '../errors.js';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** 256 bits in base 62. */
const RANDOM_LENGTH = 43;
/** How many of the random characters people see: enough to tell keys apart, and 220 bits are left. */
const SHOWN_LENGTH = 6;

const ENVIRONMENT = /^[a-z]{1,16}$/;
const API_KEY = /^(rh_[a-z]{1,16}_[0-9A-Za-z]{43})_([0-9a-f]{8})$/;

/**
 * Makes an API key: `rh_<environment>_<256 random bits in base 62>_<CRC-32 of what stands before, 8 hexadecimal digits>`. The
 * checksum is no secret: by it, scanners and services recognise a key without asking anybody.
 *
 * @throws {OptionsInvalidError} when the environment is no word of 1 to 16 lower-case letters.
 */
export function makeApiKey(environment: string): string {
  if (!ENVIRONMENT.test(environment))
    throw new OptionsInvalidError('apiKeys', [
      { field: 'environment', expected: 'expected 1 to 16 of a-z, such as live' },
    ]);
  const body = `rh_${environment}_${toBase62(randomBytes(32))}`;
  return `${body}_${checksumOf(body)}`;
}

/** Whether a text looks like a key of {@link makeApiKey} and cannot be one: its checksum is another. */
export function hasWrongChecksum(apiKey: string): boolean {
  const [, body, checksum] = API_KEY.exec(apiKey) ?? [];
  return body !== undefined && checksum !== checksumOf(body);
}

/** The first characters of a key, which are shown to people. */
export function prefixOfApiKey(apiKey: string): string {
  return apiKey.slice(0, apiKey.indexOf('_', 3) + 1 + SHOWN_LENGTH);
}

export function checksumOf(body: string): string {
  return crc32(body).toString(16).padStart(8, '0');
}

export function toBase62(bytes: Buffer): string {
  let rest = BigInt(`0x${bytes.toString('hex')}`);
  let text = '';
  for (let index = 0; index < RANDOM_LENGTH; index += 1) {
    text = ALPHABET[Number(rest % 62n)] + text;
    rest /= 62n;
  }
  return text;
}
