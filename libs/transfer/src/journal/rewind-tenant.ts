import type { Tenant } from '@rowhouse/core';
import type { Fleet } from '@rowhouse/migrations/fleet';
import type { ContentsOptions } from '../contents/companions-of.js';
import { ContentCopy } from '../contents/copy-contents.js';
import {
  createTenantFrom,
  type ImportedTenant,
  type ImportReport,
  type NewTenantControl,
} from '../import/import-tenant.js';
import { slugAt } from '../import/slug-at.js';
import { withRowsAt } from './source-at.js';

/**
 * Makes a new tenant with the rows of another as they were at a moment, by its journal. The other is not changed. A failure leaves
 * nothing; after a crash in the middle `repair` removes what was made.
 *
 * @param given - of the new tenant. Default: the slug `acme-at-20261127-143000` (UTC), and as the other; but it is suspended, since the
 *   other is in service, and a tenant with isolation `row` gets a schema, since its keys are taken.
 * @throws {JournalRefusedError} when the journal does not lead back to the moment, when tables were migrated since, and under an
 *   operator's entry.
 * @throws {TenantConflictError} when the slug is taken.
 */
export async function rewindTenant(
  fleet: Fleet,
  tenant: Tenant,
  at: Date,
  given: ImportedTenant = {},
  control: NewTenantControl & ContentsOptions = {},
): Promise<ImportReport> {
  const isolation = tenant.isolation === 'row' ? 'schema' : tenant.isolation;
  const made = { slug: slugAt(tenant, at), isolation, suspended: true, ...given };
  const { contents = true } = control;
  return withRowsAt(fleet, tenant, at, control.signal, (source) => {
    const copy = new ContentCopy(tenant, fleet.deployment.companions, source.head, contents);
    return createTenantFrom(fleet, copy.noting(source), made, control, { copy });
  });
}
