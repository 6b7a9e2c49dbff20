import { type NewTenant, type Tenant, TenantContext } from '@rowhouse/core';
import type { Fleet, LifeControl } from '@rowhouse/migrations/fleet';
import type { CloneOrigin } from '@rowhouse/migrations/internal';
import type { ArchiveFile } from '../archive/archive-file.js';
import type { ArchiveHead } from '../archive/archive-format.js';
import type { ArchiveReading } from '../archive/archive-options.js';
import { verifyArchive } from '../archive/read-archive.js';
import { type ContentsOptions, takersOf } from '../contents/companions-of.js';
import { type ContentsReport, notIncluded } from '../contents/contents-report.js';
import type { ContentCopy } from '../contents/copy-contents.js';
import type { TransferControl } from '../control.js';
import { ImportRefusedError } from '../errors.js';
import {
  type IncludedOfArchive,
  type IncludeOptions,
  parseInclude,
  prepareIncluded,
} from '../records/include.js';
import type { PreparedRecords, WrittenRecords } from '../records/tenant-records.js';
import { withRowsOfArchive } from '../source/archive-source.js';
import type { RowSource } from '../source/row-source.js';
import { type FilledHome, fillHome } from './fill-home.js';

export interface NewTenantControl extends TransferControl, Pick<LifeControl, 'by' | 'onStep'> {}

export interface ImportControl extends NewTenantControl, ArchiveReading, IncludeOptions, ContentsOptions {}

/** The tenant that an archive becomes. What is left out is as in the archive, but for the id, which is new. */
export interface ImportedTenant extends Partial<Omit<NewTenant, 'status'>> {
  /** The tenant is `suspended`, and was never active: no request is served, no schedule runs its jobs. Default false. */
  readonly suspended?: boolean | undefined;
}

export interface ImportReport {
  readonly tenant: Tenant;
  readonly tables: number;
  readonly rows: number;
  /** What became of the contents that rows name, such as files. */
  readonly contents: readonly ContentsReport[];
  /** What became of the records that were included. */
  readonly records: readonly WrittenRecords[];
}

/**
 * Makes a new tenant of an archive, with any isolation. The whole archive is checked before anything is made. Rows of an older
 * release are migrated to this one. A failure leaves nothing; after a crash in the middle `repair` removes what was made.
 *
 * @param file - is read twice.
 * @throws {ArchiveInvalidError} when the file is no whole archive.
 * @throws {ArchiveEncryptedError} when it is encrypted, and no identity opens it.
 * @throws {ArchiveUntrustedError} when trusted keys were given, and none of them has signed it.
 * @throws {ImportRefusedError} when the archive cannot become a tenant here.
 * @throws {OptionsInvalidError} when records are included that the app does not have.
 * @throws {TenantConflictError} when the slug is taken.
 */
export async function importTenant(
  fleet: Fleet,
  file: ArchiveFile,
  given: ImportedTenant = {},
  control: ImportControl = {},
): Promise<ImportReport> {
  return importIncluding(fleet, file, given, control, parseInclude(control));
}

/** As {@link importTenant}, with records that were checked. */
export async function importIncluding(
  fleet: Fleet,
  file: ArchiveFile,
  given: ImportedTenant,
  control: ImportControl,
  included: IncludedOfArchive,
): Promise<ImportReport> {
  const archive = await verifyArchive(file, control.signal, control);
  const records = await prepareIncluded(included, archive);
  return withRowsOfArchive(file, archive, control, (source) =>
    createTenantFrom(fleet, source, given, control, { records }),
  );
}

/**
 * Makes a new tenant of the rows of a source; see {@link importTenant}.
 *
 * @param also.origin - for a clone: what it is of.
 * @param also.records - what the catalog gets with the tenant.
 * @param also.copy - copies the contents that rows name.
 */
export async function createTenantFrom(
  fleet: Fleet,
  source: RowSource,
  { suspended, ...given }: ImportedTenant,
  { by, onStep, contents, ...control }: NewTenantControl & ContentsOptions,
  {
    origin,
    records,
    copy,
  }: {
    readonly origin?: CloneOrigin;
    readonly records?: PreparedRecords | undefined;
    readonly copy?: ContentCopy;
  } = {},
): Promise<ImportReport> {
  if (TenantContext.entry())
    throw new ImportRefusedError("Under an operator's entry into a tenant, no other tenant is made.");
  requireKnownHistory(fleet, source.head);
  const takers = takersOf(fleet.deployment.companions, source.head, { contents });
  let filled: FilledHome = { rows: 0, contents: [] };
  let written: readonly WrittenRecords[] = [];
  const tenant = await fleet.tenants.createFrom(
    {
      history: source.head.history,
      origin,
      suspended,
      fill: async (made, signal) => {
        const own = copy ? copy.writing(source, made) : source;
        filled = await fillHome(fleet.deployment, made, own, { ...control, signal, takers });
      },
      complete: async (client, made) => {
        // What was given for the tenant takes precedence, as all that is given does.
        written = (await records?.write(client, made, { onConflict: 'skip', by })) ?? [];
      },
    },
    tenantOf(source.head, given),
    { by, signal: control.signal, onStep },
  );
  records?.written(tenant);
  return {
    tenant,
    tables: source.head.tables.length,
    rows: filled.rows,
    contents: copy?.reports ?? contentsOf(source.head, filled),
    records: written,
  };
}

/** Of all that the rows of an archive name. */
function contentsOf({ companions = [] }: ArchiveHead, { contents }: FilledHome): readonly ContentsReport[] {
  return companions.map(({ name }) => contents.find((one) => one.name === name) ?? notIncluded(name));
}

export function tenantOf({ tenant }: ArchiveHead, given: Omit<ImportedTenant, 'suspended'>): NewTenant {
  const { slug, name, isolation, plan, metadata } = tenant;
  return { slug, name, isolation, plan, metadata, ...given };
}

/** @throws {ImportRefusedError} when the rows are from migrations that this release does not have. */
export function requireKnownHistory({ migrations }: Fleet, { history }: Pick<ArchiveHead, 'history'>): void {
  const release = migrations.namesFor('schema');
  const unknown = history.filter((name) => !release.includes(name));
  if (unknown.length > 0)
    throw new ImportRefusedError(
      `The archive is from a release with migrations that this one does not have: ${unknown.join(', ')}. Import it with that release, or a later one.`,
    );
}
