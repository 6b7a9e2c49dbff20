import { randomBytes } from 'node:crypto';
import { InternalError } from '@rowhouse/core';
import type { EncryptionKeys } from '@rowhouse/core/internal';

const DATA_KEY_BYTES = 32;

/** A data key, encrypted by the key with this id. */
export interface SealedKey {
  readonly id: string;
  readonly bytes: Buffer;
}

/** A data key, in clear text and encrypted. */
export interface DataKey {
  readonly bytes: Uint8Array;
  readonly sealed: SealedKey;
}

/**
 * What a change of settings needs of the keys, asked before its transaction begins: a key management service that is slow keeps no
 * connection and no lock.
 */
export class PreparedKeys implements Pick<EncryptionKeys, 'decrypt'> {
  readonly #known: SealedKey | null;
  readonly #dataKey: DataKey | undefined;
  readonly #isOpened: boolean;

  private constructor(known: SealedKey | null, opened: Uint8Array | undefined, fresh: DataKey | undefined) {
    this.#known = known;
    this.#isOpened = opened !== undefined;
    this.#dataKey = known && opened ? { bytes: opened, sealed: known } : fresh;
  }

  /**
   * @param known - the encrypted data key of the tenant, as it is now.
   * @param options.sets - whether a secret is set, which needs a new data key where the present one cannot be decrypted.
   */
  static async of(
    keys: EncryptionKeys,
    known: SealedKey | null,
    { sets }: { readonly sets: boolean },
  ): Promise<PreparedKeys> {
    const opened = known ? await keys.decrypt(known.id, known.bytes).catch(() => undefined) : undefined;
    return new PreparedKeys(known, opened, sets && !opened ? await newDataKey(keys) : undefined);
  }

  /** @throws {DataKeyChangedError} when the data key of the tenant is not the one that was asked about. */
  requireKnown(present: SealedKey | null): void {
    const isKnown =
      present === null || (present.id === this.#known?.id && present.bytes.equals(this.#known.bytes));
    if (!isKnown) throw new DataKeyChangedError();
  }

  /** The data key that was asked about. */
  async decrypt(): Promise<Uint8Array> {
    if (!this.#isOpened) throw new Error('The data key could not be decrypted.');
    return this.dataKey.bytes;
  }

  /**
   * By which secrets are encrypted from now on.
   *
   * @throws {DataKeyChangedError} when none was prepared.
   */
  get dataKey(): DataKey {
    if (!this.#dataKey) throw new DataKeyChangedError();
    return this.#dataKey;
  }
}

async function newDataKey(keys: EncryptionKeys): Promise<DataKey> {
  const bytes = randomBytes(DATA_KEY_BYTES);
  const sealed = Buffer.from(await keys.encrypt(keys.current, bytes));
  return { bytes, sealed: { id: keys.current, bytes: sealed } };
}

/** The data key of a tenant is another one than when the change began: it begins again. */
export class DataKeyChangedError extends InternalError {
  readonly code = 'SETTINGS_KEY_CHANGED';
  constructor() {
    super('The data key of the tenant changed again and again while its settings were changed.');
  }
}
