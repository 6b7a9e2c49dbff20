import { createPublicKey } from 'node:crypto';
import { parseOptions } from '@rowhouse/core/internal';
import {
  type Masks,
  masksSchema,
  privateKeySchema,
  publicKeySchema,
  type S3StorageOptions,
  type SigningKey,
  s3StorageSchema,
} from '@rowhouse/transfer';
import { z } from 'zod';

export interface TransfersOptions {
  /** Where archives are kept: this folder, or `storage`. Every instance that serves the admin API must see the same one. */
  readonly folder?: string;
  /** A bucket of S3 in place of a folder. */
  readonly storage?: S3StorageOptions;
  /** Days until an archive is removed. Default 7. */
  readonly keepDays?: number;
  /** Bytes of an uploaded archive, at most. Default 10 GiB. */
  readonly maxUploadBytes?: number;
  /** Rules for the values of clones, by name: `POST tenants/:tenant/clones` chooses one. Default none. */
  readonly masks?: Readonly<Record<string, Masks>>;
  /**
   * Secret keys of age (`AGE-SECRET-KEY-1…`), by name: an upload names the one that opens it. No request has a key, and nothing stores
   * one. Default none.
   */
  readonly identities?: Readonly<Record<string, string>>;
  /** Signs every archive that is made. Default: not signed. */
  readonly signWith?: SigningKey;
  /** Only archives that one of these or `signWith` has signed are imported. Default: signed or not. */
  readonly trustedKeys?: readonly SigningKey[];
}

const GIB = 1_024 ** 3;

const optionsSchema = z
  .strictObject({
    folder: z.string().min(1).optional(),
    storage: s3StorageSchema.optional(),
    keepDays: z.number().positive().max(3_650).default(7),
    maxUploadBytes: z
      .int()
      .positive()
      .default(10 * GIB),
    masks: z.record(z.string().min(1).max(100), masksSchema).default({}),
    identities: z
      .record(
        z.string().min(1).max(100),
        z
          .string()
          .regex(
            /^AGE-SECRET-KEY-(?:PQ-)?1[02-9AC-HJ-NP-Z]+$/,
            'expected an identity of age: AGE-SECRET-KEY-1…',
          ),
      )
      .default({}),
    signWith: privateKeySchema.optional(),
    trustedKeys: z.array(publicKeySchema).max(100).optional(),
  })
  .refine(({ folder, storage }) => (folder === undefined) !== (storage === undefined), {
    path: ['folder'],
    error: 'expected a folder of archives, or a storage',
  })
  .transform(({ signWith, trustedKeys, ...settings }) => ({
    ...settings,
    archives: {
      signWith,
      trustedKeys: trustedKeys && [...trustedKeys, ...(signWith ? [createPublicKey(signWith)] : [])],
    },
  }));

export type TransferSettings = Readonly<z.output<typeof optionsSchema>>;

/** @throws {OptionsInvalidError} */
export function parseTransfersOptions(options: TransfersOptions): TransferSettings {
  return parseOptions('transfers', optionsSchema, options);
}
