import { z } from 'zod';
import { parseOptions } from '../support/parse-options.js';
import { decrypt, encrypt } from './aes-gcm.js';

/** The keys by which secrets of tenants, or their data keys, are encrypted: {@link localKeys}, or a key management service. */
export interface EncryptionKeys {
  /** The id of the key for what is encrypted from now on. */
  readonly current: string;
  encrypt(id: string, plaintext: Uint8Array): Promise<Uint8Array>;
  /** Throws where it does not know the key, or the ciphertext is not of this key. */
  decrypt(id: string, ciphertext: Uint8Array): Promise<Uint8Array>;
}

/** Whether an option is one; what its functions do is seen when they are called. */
export const encryptionKeysSchema = z.custom<EncryptionKeys>((value) => {
  const { current, encrypt, decrypt } = Object(value) as Partial<EncryptionKeys>;
  return typeof current === 'string' && typeof encrypt === 'function' && typeof decrypt === 'function';
}, 'expected localKeys(…), or { current, encrypt, decrypt }');

const KEY_BYTES = 32;

const keysSchema = z
  .array(
    z.strictObject({
      id: z.string().min(1).max(100),
      secret: z
        .base64('expected 32 bytes in base64')
        .refine(
          (secret) => Buffer.from(secret, 'base64').length === KEY_BYTES,
          'expected 32 bytes in base64',
        ),
    }),
  )
  .min(1)
  .refine((keys) => new Set(keys.map(({ id }) => id)).size === keys.length, 'expected each id once');

/**
 * Keys that the app holds itself, as from its environment. The first is the current one; the others are for what is not
 * re-encrypted yet.
 *
 *     localKeys([{ id: '2026', secret: process.env.ENCRYPTION_KEY }]) // openssl rand -base64 32
 *
 * @throws {OptionsInvalidError}
 */
export function localKeys(
  keys: readonly { readonly id: string; readonly secret: string | undefined }[],
): EncryptionKeys {
  const parsed = parseOptions('localKeys', keysSchema, keys);
  const secrets = new Map(parsed.map(({ id, secret }) => [id, Buffer.from(secret, 'base64')]));
  const secretOf = (id: string) => {
    const secret = secrets.get(id);
    if (!secret) throw new Error(`There is no key "${id}".`);
    return secret;
  };
  return {
    current: parsed[0]?.id as string,
    encrypt: async (id, plaintext) => encrypt(secretOf(id), plaintext, contextOf(id)),
    decrypt: async (id, ciphertext) => decrypt(secretOf(id), ciphertext, contextOf(id)),
  };
}

const contextOf = (id: string) => `rowhouse data key\n${id}`;
