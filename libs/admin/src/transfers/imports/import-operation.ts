import { TENANT_ISOLATIONS } from '@rowhouse/core';
import { RequestInvalidError } from '@rowhouse/nestjs/operator';
import {
  type ArchiveFile,
  type ArchiveReading,
  importTenant,
  verifyArchive,
  type WrittenRecords,
} from '@rowhouse/transfer';
import { z } from 'zod';
import type { OperationControl, OperationKind } from '../../operations/operation.js';
import { newTenantSchema } from '../../tenants/tenant-operations.js';
import { INCLUDE_DESCRIPTION, include } from '../include.js';
import { suspended, undoTenant } from '../new-tenants/made-tenant.js';
import { transferControlOf } from '../transfer-control.js';
import type { TransferParts } from '../transfer-kind.js';
import { withoutUndefined } from '../without-undefined.js';

/** What the new tenant has, where it is not as in the archive. */
export const importedTenantSchema = newTenantSchema
  .omit({ metadata: true })
  .partial()
  .extend({
    isolation: z.enum(TENANT_ISOLATIONS).optional(),
    suspended,
    include: include.default([]).describe(INCLUDE_DESCRIPTION),
    dryRun: z.boolean().default(false).describe('Checks the archive, and makes nothing.'),
  });

const importInput = importedTenantSchema.extend({
  /** The name of the key that opens the archive: the catalog keeps no key. */
  identity: z.string().optional(),
  archive: z.union([z.strictObject({ export: z.guid() }), z.strictObject({ upload: z.guid() })]),
});

export type ImportInput = z.output<typeof importInput>;

/** How an import ended. */
export interface ImportResult {
  /** `null` after a dry run. */
  readonly tenantId: string | null;
  readonly slug: string;
  /** Both `null` when the process died at the very end, and the archive is gone. */
  readonly rows: number | null;
  readonly tables: number | null;
  /** What became of those that were included; `null` likewise. */
  readonly records: readonly WrittenRecords[] | null;
}

/** Makes a new tenant of an archive. It has the id of the operation, so that whoever resumes it knows the tenant. */
export class ImportOperation implements OperationKind<ImportInput> {
  readonly name = 'import';
  readonly input = importInput;
  readonly #parts: TransferParts;

  constructor(parts: TransferParts) {
    this.#parts = parts;
  }

  readonly run = async (input: ImportInput, control: OperationControl): Promise<ImportResult> => {
    const { fleet, records: declared } = this.#parts;
    const { archive: _, identity: __, dryRun, include, ...given } = input;
    const reading = this.#readingOf(input);
    const { id, signal, isResumed, onStep } = control;
    if (dryRun) {
      const file = await this.#fileOf(input);
      onStep('verify');
      const { head, rows } = await verifyArchive(file, signal, reading);
      const { slug } = { ...head.tenant, ...given };
      return { tenantId: null, slug, rows, tables: head.tables.length, records: null };
    }
    const made = isResumed ? await undoTenant(fleet, control) : undefined;
    if (made)
      return { tenantId: id, slug: made.slug, ...(await this.#countsOf(input, signal)), records: null };
    const file = await this.#fileOf(input);
    onStep('verify');
    const { tenant, rows, tables, records } = await importTenant(
      fleet,
      file,
      withoutUndefined({ ...given, id }),
      { ...transferControlOf(control), ...reading, include, records: declared },
    );
    return { tenantId: tenant.id, slug: tenant.slug, rows, tables, records };
  };

  readonly cancel = async (_input: ImportInput, control: OperationControl): Promise<void> => {
    await undoTenant(this.#parts.fleet, control);
  };

  readonly ended = async ({ archive }: ImportInput): Promise<void> => {
    if ('upload' in archive) await this.#parts.files.remove('upload', archive.upload);
  };

  /** The tenant is there: its archive may have been removed, or have expired, since. */
  async #countsOf(input: ImportInput, signal: AbortSignal): Promise<Pick<ImportResult, 'rows' | 'tables'>> {
    try {
      const { head, rows } = await verifyArchive(await this.#fileOf(input), signal, this.#readingOf(input));
      return { rows, tables: head.tables.length };
    } catch {
      signal.throwIfAborted();
      return { rows: null, tables: null };
    }
  }

  #readingOf({ identity }: ImportInput): ArchiveReading {
    const { trustedKeys } = this.#parts.archives;
    return { trustedKeys, ...(identity && { identities: [requireIdentity(this.#parts, identity)] }) };
  }

  async #fileOf({ archive }: ImportInput): Promise<ArchiveFile> {
    const { exports, files } = this.#parts;
    if ('upload' in archive) return files.archive('upload', archive.upload);
    const { id } = await exports.find(archive.export);
    return files.archive('export', id);
  }
}

/**
 * @returns the secret key.
 * @throws {RequestInvalidError} for a name that the application has not declared. It is not repeated: it could be a key.
 */
export function requireIdentity({ identities }: Pick<TransferParts, 'identities'>, name: string): string {
  const identity = Object.hasOwn(identities, name) ? identities[name] : undefined;
  if (identity !== undefined) return identity;
  const names = Object.keys(identities);
  const known = names.length > 0 ? `one of ${names.join(', ')}` : 'none, since the application declares none';
  throw new RequestInvalidError([{ field: 'identity', expected: `expected ${known}` }]);
}
