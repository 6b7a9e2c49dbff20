import { OperatorEntries } from '@rowhouse/admin/services';
import { PostgresTenantStore, type Tenant } from '@rowhouse/core';
import { findTenant, peppersFromEnvironment } from '@rowhouse/core/internal';
import type { Io } from '../../shell/io.js';
import { withCatalog } from '../../target/catalog.js';
import type { TargetOptions } from '../../target/target.js';

export interface EntriesOptions extends TargetOptions {
  readonly json?: boolean;
}

/** Opens the entries of operators into a tenant. Ends that nobody has recorded yet are recorded first. */
export function withEntries<T>(
  slugOrId: string,
  options: EntriesOptions,
  io: Io,
  work: (entries: OperatorEntries, tenant: Tenant) => Promise<T>,
): Promise<T> {
  const peppers = peppersFromEnvironment(io.env);
  return withCatalog(options, io, async (catalog) => {
    const tenant = await findTenant(new PostgresTenantStore({ pool: catalog, peppers }), slugOrId);
    const entries = new OperatorEntries(catalog, { peppers });
    await entries.recordEnds();
    return work(entries, tenant);
  });
}
