import { type NewTenant, type Tenant, TenantContext } from '@rowhouse/core';
import type { Fleet, LifeControl } from '@rowhouse/migrations/fleet';
import { type VerifiedArchive, verifyArchive } from '../archive/read-archive.js';
import { ImportRefusedError } from '../errors.js';
import type { TransferControl } from '../export/export-tenant.js';
import { fillHome } from './fill-home.js';

export interface ImportControl extends TransferControl, Pick<LifeControl, 'by' | 'onStep'> {}

/** The tenant that an archive becomes. What is left out is as in the archive, but for the id, which is new. */
export type ImportedTenant = Partial<NewTenant>;

export interface ImportReport {
  readonly tenant: Tenant;
  readonly tables: number;
  readonly rows: number;
}

/**
 * Makes a new tenant of an archive, with any isolation. The whole archive is checked before anything is made. Rows of an older
 * release are migrated to this one. A failure leaves nothing; after a crash in the middle `repair` removes what was made.
 *
 * @param path - of the file.
 * @throws {ArchiveInvalidError} when the file is no whole archive.
 * @throws {ImportRefusedError} when the archive cannot become a tenant here.
 * @throws {TenantConflictError} when the slug is taken.
 */
export async function importTenant(
  fleet: Fleet,
  path: string,
  given: ImportedTenant = {},
  control: ImportControl = {},
): Promise<ImportReport> {
  if (TenantContext.entry())
    throw new ImportRefusedError("Under an operator's entry into a tenant, no other tenant is made.");
  const archive = await verifyArchive(path, control.signal);
  const input = tenantOf(archive, given);
  requireKnownHistory(fleet, archive);
  const tenant = await fleet.tenants.createFrom(
    {
      history: archive.head.history,
      fill: (made, signal) => fillHome(fleet.deployment, made, { path, archive }, { ...control, signal }),
    },
    input,
    { by: control.by, signal: control.signal, onStep: control.onStep },
  );
  return { tenant, tables: archive.head.tables.length, rows: archive.rows };
}

function tenantOf({ head }: VerifiedArchive, given: ImportedTenant): NewTenant {
  const { slug, name, isolation, plan, metadata } = head.tenant;
  return { slug, name, isolation, plan, metadata, ...given };
}

/** @throws {ImportRefusedError} when the rows are from migrations that this release does not have. */
function requireKnownHistory({ migrations }: Fleet, { head: { history } }: VerifiedArchive): void {
  const release = migrations.namesFor('schema');
  const unknown = history.filter((name) => !release.includes(name));
  if (unknown.length > 0)
    throw new ImportRefusedError(
      `The archive is from a release with migrations that this one does not have: ${unknown.join(', ')}. Import it with that release, or a later one.`,
    );
}
