import { RequestInvalidError } from '@rowhouse/nestjs/operator';
import type { ArchiveFile, ArchiveReading } from '@rowhouse/transfer';
import { z } from 'zod';
import type { TransferParts } from '../transfer-kind.js';
import { requireIdentity } from './identity.js';

/** Fields of a request that reads an archive: one that is kept, or one that was uploaded. */
export const namedArchiveFields = {
  export: z.guid().optional().describe('The id of an archive that is kept; this, or `upload`.'),
  upload: z.guid().optional().describe('The id of an upload that is complete; this, or `export`.'),
  identity: z
    .string()
    .min(1)
    .max(100)
    .optional()
    .describe('The name of the secret key that opens an encrypted archive; the application has declared it.'),
};

export interface NamedArchive {
  readonly export?: string | undefined;
  readonly upload?: string | undefined;
  readonly identity?: string | undefined;
}

/**
 * Before anything begins.
 *
 * @throws {RequestInvalidError} unless it names one archive, and a key that is declared.
 * @throws {ExportNotFoundError} @throws {UploadNotFoundError} @throws {UploadIncompleteError}
 */
export async function requireArchive(parts: TransferParts, named: NamedArchive): Promise<void> {
  if ((named.export === undefined) === (named.upload === undefined))
    throw new RequestInvalidError([
      { field: 'export', expected: 'expected the id of an archive, or an upload' },
    ]);
  if (named.identity !== undefined) requireIdentity(parts, named.identity);
  if (named.export !== undefined) await parts.exports.find(named.export);
  if (named.upload !== undefined) await parts.uploads.requireComplete(named.upload);
}

/** @throws {ExportNotFoundError} */
export async function fileOf(parts: TransferParts, named: NamedArchive): Promise<ArchiveFile> {
  if (named.upload !== undefined) return parts.uploads.archive(named.upload);
  const { id } = await parts.exports.find(named.export ?? '');
  return parts.files.archive('export', id);
}

/** How the archive is read: whose signatures are trusted, and what opens it. */
export function readingOf(parts: TransferParts, { identity }: NamedArchive): ArchiveReading {
  const { trustedKeys } = parts.archives;
  return { trustedKeys, ...(identity && { identities: [requireIdentity(parts, identity)] }) };
}
