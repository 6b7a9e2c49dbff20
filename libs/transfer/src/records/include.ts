import { RowhouseError, type Tenant } from '@rowhouse/core';
import { parseOptions } from '@rowhouse/core/internal';
import { z } from 'zod';
import type { VerifiedArchive } from '../archive/read-archive.js';
import { ImportRefusedError } from '../errors.js';
import { type ArchivedRecords, kindsIn, RECORD_KINDS, type RecordKind } from './archived-records.js';
import type { PreparedRecords, ReadRecords, TenantRecords } from './tenant-records.js';

/** Which records go along with the rows. */
export interface IncludeOptions {
  /** Default: none. */
  readonly include?: readonly RecordKind[] | undefined;
  /** Those of the app. Needed where some are included. */
  readonly records?: TenantRecords | undefined;
}

const isTenantRecords = (one: unknown): one is TenantRecords =>
  ['read', 'prepare'].every((name) => typeof Reflect.get(Object(one), name) === 'function');

const includeSchema = z
  .object({
    include: z.array(z.enum(RECORD_KINDS)).default([]),
    records: z.custom<TenantRecords>(isTenantRecords, 'expected TenantRecords').optional(),
  })
  .superRefine(({ include, records }, context) => {
    const unknown = include.filter((kind) => !records?.kinds.includes(kind));
    if (unknown.length === 0) return;
    const known = records?.kinds.length ? `some of ${records.kinds.join(', ')}` : 'none';
    context.addIssue({
      code: 'custom',
      path: ['include'],
      message: `expected ${known}, since the application declares no ${unknown.join(', ')}`,
    });
  });

/** Options that were checked. */
export interface Included {
  readonly kinds: readonly RecordKind[];
  readonly records: TenantRecords | undefined;
}

/** Likewise; `present` is what both the archive and the app have. */
export interface IncludedOfArchive extends Pick<Included, 'records'> {
  readonly kinds: Included['kinds'] | 'present';
}

/** @throws {OptionsInvalidError} for records that the app does not have. */
export function parseInclude({ include, records }: IncludeOptions): Included {
  const parsed = parseOptions('include', includeSchema, { include, records });
  return { kinds: RECORD_KINDS.filter((kind) => parsed.include.includes(kind)), records: parsed.records };
}

const NOTHING: ReadRecords = { records: {}, revision: null };

/** @param recipients - for whom the archive is encrypted. */
export async function readIncluded(
  { kinds, records }: Included,
  tenant: Tenant,
  recipients: readonly string[] | undefined,
): Promise<ReadRecords> {
  if (!records || kinds.length === 0) return NOTHING;
  return records.read(tenant, kinds, { isEncrypted: recipients !== undefined });
}

/**
 * Checks the records of an archive that are to go along.
 *
 * @param into - the tenant that gets them; `undefined` for one that is to be made.
 * @returns `undefined` when none are.
 * @throws {ImportRefusedError} when the archive does not have them, or they are not what the app allows. Nothing was changed.
 */
export async function prepareIncluded(
  { kinds, records }: IncludedOfArchive,
  archive: Pick<VerifiedArchive, 'records'>,
  into?: Tenant,
): Promise<PreparedRecords | undefined> {
  if (!records) return undefined;
  const present = kindsIn(archive.records);
  const wanted = kinds === 'present' ? present.filter((kind) => records.kinds.includes(kind)) : kinds;
  if (wanted.length === 0) return undefined;
  const missing = wanted.filter((kind) => !present.includes(kind));
  if (missing.length > 0)
    throw new ImportRefusedError(
      `The archive has no ${missing.join(', ')}: it was written without them. It has ${present.join(', ') || 'rows only'}.`,
    );
  const chosen: ArchivedRecords = Object.fromEntries(wanted.map((kind) => [kind, archive.records[kind]]));
  try {
    return await records.prepare(chosen, into);
  } catch (error) {
    if (!(error instanceof RowhouseError) || error.status >= 500) throw error;
    throw new ImportRefusedError(
      `The records of the archive are not what the application allows: ${error.message} Nothing was changed; import it without them, or change what the application declares.`,
      error,
    );
  }
}
