import { TENANT_ISOLATIONS } from '@rowhouse/core';
import { type ArchiveFile, importTenant, verifyArchive, type WrittenRecords } from '@rowhouse/transfer';
import { z } from 'zod';
import type { OperationControl, OperationKind } from '../../operations/operation.js';
import { newTenantSchema } from '../../tenants/tenant-operations.js';
import { contents } from '../contents.js';
import { INCLUDE_DESCRIPTION, include } from '../include.js';
import { suspended, undoTenant } from '../new-tenants/made-tenant.js';
import { transferControlOf } from '../transfer-control.js';
import type { TransferParts } from '../transfer-kind.js';
import { withoutUndefined } from '../without-undefined.js';
import { fileOf, type NamedArchive, readingOf } from './named-archive.js';

/** What the new tenant has, where it is not as in the archive. */
export const importedTenantSchema = newTenantSchema
  .omit({ metadata: true })
  .partial()
  .extend({
    isolation: z.enum(TENANT_ISOLATIONS).optional(),
    suspended,
    include: include.default([]).describe(INCLUDE_DESCRIPTION),
    contents,
    dryRun: z.boolean().default(false).describe('Checks the archive, and makes nothing.'),
  });

const importInput = importedTenantSchema.extend({
  /** The name of the key that opens the archive: the catalog keeps no key. */
  identity: z.string().optional(),
  archive: z.union([
    z.strictObject({ export: z.guid() }),
    // Arrived with the request that began the operation.
    z.strictObject({ upload: z.guid() }),
    z.strictObject({ resumable: z.guid() }),
  ]),
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
    const { archive: _, identity: __, dryRun, include, contents, ...given } = input;
    const reading = readingOf(this.#parts, namedBy(input));
    const { id, signal, isResumed, onStep } = control;
    if (dryRun) {
      const file = await this.#fileOf(input);
      onStep('verify');
      const { head, rows } = await verifyArchive(file, signal, reading);
      const { slug } = { ...head.tenant, ...given };
      return { tenantId: null, slug, rows, tables: head.tables.length, records: null };
    }
    const made = isResumed ? await undoTenant(fleet, control) : undefined;
    if (made) {
      const counts = await this.#countsOf(input, signal);
      await this.#forget(input, control);
      return { tenantId: id, slug: made.slug, ...counts, records: null };
    }
    const file = await this.#fileOf(input);
    onStep('verify');
    const { tenant, rows, tables, records } = await importTenant(
      fleet,
      file,
      withoutUndefined({ ...given, id }),
      { ...transferControlOf(control), ...reading, include, contents, records: declared },
    );
    await this.#forget(input, control);
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
      const { head, rows } = await verifyArchive(
        await this.#fileOf(input),
        signal,
        readingOf(this.#parts, namedBy(input)),
      );
      return { rows, tables: head.tables.length };
    } catch {
      signal.throwIfAborted();
      return { rows: null, tables: null };
    }
  }

  async #fileOf(input: ImportInput): Promise<ArchiveFile> {
    if ('upload' in input.archive) return this.#parts.files.archive('upload', input.archive.upload);
    return fileOf(this.#parts, namedBy(input));
  }

  /** What was uploaded has become a tenant. */
  async #forget({ archive }: ImportInput, { by }: OperationControl): Promise<void> {
    if ('resumable' in archive) await this.#parts.uploads.removeIfThere(archive.resumable, by);
  }
}

function namedBy({ archive, identity }: ImportInput): NamedArchive {
  if ('resumable' in archive) return { upload: archive.resumable, identity };
  return { export: 'export' in archive ? archive.export : undefined, identity };
}
