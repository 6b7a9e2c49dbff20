import { createHash } from 'node:crypto';
import { decrypt, encrypt, UNKNOWN_POSITION } from '@rowhouse/core/internal';

const CONTEXT = 'rowhouse seen position';
const POSITION_BYTES = 8;

/**
 * Positions in the WAL, as clients carry them from one instance to another: encrypted, because two of them tell how much all tenants
 * have written in between.
 */
export class SeenToken {
  readonly #keys: readonly Buffer[];

  /** @param secrets - the first encrypts; tokens of all are read. */
  constructor(secrets: readonly string[]) {
    this.#keys = secrets.map((secret) => createHash('sha256').update(`${CONTEXT}\n${secret}`).digest());
  }

  write(position: bigint): string {
    const plaintext = Buffer.alloc(POSITION_BYTES);
    plaintext.writeBigUInt64BE(position);
    return encrypt(this.#keys[0] as Buffer, plaintext, CONTEXT).toString('base64url');
  }

  /** What cannot be read may have been the newest of all. */
  read(token: string): bigint {
    const ciphertext = Buffer.from(token, 'base64url');
    for (const key of this.#keys) {
      try {
        return decrypt(key, ciphertext, CONTEXT).readBigUInt64BE();
      } catch {
        // Of another key, perhaps the next one.
      }
    }
    return UNKNOWN_POSITION;
  }
}
