import { parseOptions } from '@rowhouse/core/internal';
import { z } from 'zod';
import { type ArchiveCompression, compressionSchema } from './members.js';
import { privateKeySchema, publicKeySchema, type SigningKey } from './signature.js';

export interface ArchiveWriting {
  /** Default `gzip`. */
  readonly compression?: ArchiveCompression | undefined;
  /** Public keys of age (`age1…`): the whole archive is encrypted, and the secret key of each opens it. Default: not encrypted. */
  readonly recipients?: readonly string[] | undefined;
  /** Signs the archive. Default: not signed. */
  readonly signWith?: SigningKey | undefined;
}

export interface ArchiveReading {
  /** Secret keys of age (`AGE-SECRET-KEY-1…`); one that fits opens an encrypted archive. */
  readonly identities?: readonly string[] | undefined;
  /** Only archives that one of these has signed are taken. Default: signed or not. */
  readonly trustedKeys?: readonly SigningKey[] | undefined;
}

const writingSchema = z.object({
  compression: compressionSchema.default('gzip'),
  recipients: z.array(z.string()).min(1, 'expected one recipient or more').max(20).optional(),
  signWith: privateKeySchema.optional(),
});

const readingSchema = z.object({
  identities: z.array(z.string()).max(100).default([]),
  trustedKeys: z.array(publicKeySchema).max(100).optional(),
});

/** @throws {OptionsInvalidError} */
export function parseWriting(options: ArchiveWriting) {
  return parseOptions('archive', writingSchema, options);
}

/** @throws {OptionsInvalidError} */
export function parseReading(options: ArchiveReading) {
  return parseOptions('archive', readingSchema, options);
}
