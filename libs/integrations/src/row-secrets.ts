import { randomBytes } from 'node:crypto';
import { TenantContext } from '@rowhouse/core';
import { decrypt, type EncryptionKeys, encrypt } from '@rowhouse/core/internal';
import type { EncryptedColumns } from './encrypted-columns.js';
import { IntegrationKeysError } from './errors.js';

const DATA_KEY_BYTES = 32;

export type Encrypted = Pick<EncryptedColumns, 'keyId' | 'dataKey' | 'ciphertext'>;

/**
 * Encrypts secrets of rows: each by a key of its own, which the app's keys encrypt. What is encrypted belongs to the tenant in force
 * and to one row: in another tenant, or in another row, it cannot be decrypted.
 */
export class RowSecrets {
  constructor(private readonly keys: EncryptionKeys) {}

  /** @throws {IntegrationKeysError} */
  async encrypt(rowId: string, secrets: object): Promise<Encrypted> {
    const { current } = this.keys;
    const dataKey = randomBytes(DATA_KEY_BYTES);
    return {
      keyId: current,
      dataKey: await this.#wrapped(dataKey),
      ciphertext: encrypt(dataKey, Buffer.from(JSON.stringify(secrets)), contextOf(rowId)),
    };
  }

  /**
   * @returns `undefined` for what was encrypted for another tenant or row.
   * @throws {IntegrationKeysError}
   */
  async decrypt<T extends object>(
    rowId: string,
    { keyId, dataKey, ciphertext }: Encrypted,
  ): Promise<T | undefined> {
    const key = await this.#unwrapped(keyId, dataKey);
    try {
      return JSON.parse(decrypt(key, ciphertext, contextOf(rowId)).toString()) as T;
    } catch {
      return undefined;
    }
  }

  /** What the current key makes of a data key; the secrets stay as they are. @throws {IntegrationKeysError} */
  async rotate({ keyId, dataKey }: Encrypted): Promise<Pick<Encrypted, 'keyId' | 'dataKey'>> {
    return { keyId: this.keys.current, dataKey: await this.#wrapped(await this.#unwrapped(keyId, dataKey)) };
  }

  get currentKeyId(): string {
    return this.keys.current;
  }

  async #wrapped(dataKey: Uint8Array): Promise<Buffer> {
    try {
      return Buffer.from(await this.keys.encrypt(this.keys.current, dataKey));
    } catch (cause) {
      throw new IntegrationKeysError(`The key ${this.keys.current} could not encrypt.`, { cause });
    }
  }

  async #unwrapped(keyId: string, dataKey: Uint8Array): Promise<Uint8Array> {
    try {
      return await this.keys.decrypt(keyId, dataKey);
    } catch (cause) {
      throw new IntegrationKeysError(`The key ${keyId} could not decrypt.`, { cause });
    }
  }
}

const contextOf = (rowId: string) => `rowhouse integration\n${TenantContext.require().id}\n${rowId}`;
