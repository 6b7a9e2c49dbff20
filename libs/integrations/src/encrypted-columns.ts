import { Column } from 'typeorm';

/** Columns of what is encrypted in a row, see `RowSecrets`. */
export abstract class EncryptedColumns {
  /** The key that has encrypted `dataKey`. */
  @Column({ type: 'text', name: 'key_id' }) keyId!: string;

  /** The key of `ciphertext`, encrypted. */
  @Column({ type: 'bytea', name: 'data_key' }) dataKey!: Buffer;

  @Column({ type: 'bytea' }) ciphertext!: Buffer;
}
