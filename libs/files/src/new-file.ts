import { randomUUID } from 'node:crypto';
import { isStorableJson } from '@rowhouse/core/internal';
import { RequestInvalidError } from '@rowhouse/nestjs/operator';
import { z } from 'zod';
import { MEDIA_TYPE } from './check/content-types.js';
import { FileTooLargeError, FileTypeRefusedError } from './errors.js';
import { cleanName, MODULE_NAME } from './file-key.js';
import type { FilesOptions } from './files-options.js';
import type { TenantFile } from './tenant-file.entity.js';

/** A file that a client wants to upload. */
export interface NewFile {
  readonly filename: string;
  /** A media type without parameters: `image/png`. */
  readonly contentType: string;
  /** The part of the app that it belongs to: small letters, digits and hyphens. */
  readonly module: string;
  readonly sizeBytes: number;
  readonly description?: string | undefined;
}

const newFileSchema = z.strictObject({
  filename: z.string().min(1).max(1_000),
  contentType: z
    .string()
    .toLowerCase()
    .regex(MEDIA_TYPE, 'expected a media type without parameters, such as image/png'),
  module: z.string().regex(MODULE_NAME, 'expected a-z, 0-9 and -, beginning with a letter, at most 40'),
  sizeBytes: z.int().min(1),
  description: z
    .string()
    .max(2_000)
    .refine(isStorableJson, 'expected text that PostgreSQL can store')
    .optional(),
});

/**
 * The row of a new file.
 *
 * @throws {RequestInvalidError} @throws {FileTypeRefusedError} @throws {FileTooLargeError}
 */
export function newTenantFile(given: NewFile, options: FilesOptions, uploadExpiresAt: Date): TenantFile {
  const result = newFileSchema.safeParse(given);
  if (!result.success) throw RequestInvalidError.fromIssues('body', result.error.issues);
  const { filename, contentType, module, sizeBytes, description = null } = result.data;
  if (!options.types.includes(contentType)) throw new FileTypeRefusedError(contentType);
  if (sizeBytes > options.maxBytes) throw new FileTooLargeError(options.maxBytes);
  return {
    id: randomUUID(),
    module,
    name: cleanName(filename),
    contentType,
    sizeBytes,
    description,
    state: 'pending',
    reason: null,
    sha256: null,
    createdAt: new Date(),
    uploadExpiresAt,
    claim: null,
    claimedUntil: null,
    deletedAt: null,
  };
}
