import type { Tenant } from '@rowhouse/core';
import type { DataSourceRegistry } from '@rowhouse/typeorm';
import type { JobRecord } from '../job.js';
import { FIND } from './outbox-statements.js';

/** A job of a tenant that is in the outbox of its database, as it will be when it is moved: it is due from now on. */
export async function findInOutbox(
  registry: DataSourceRegistry,
  tenant: Tenant,
  id: string,
): Promise<(JobRecord & { readonly data: unknown }) | undefined> {
  const owner = await registry.directFor(tenant);
  const [found] = await owner.query(FIND, [id, tenant.id]);
  return (
    found && {
      ...found,
      tenantId: tenant.id,
      tenantSlug: tenant.slug,
      state: 'waiting',
      isHeld: tenant.status !== 'active',
      attempts: 0,
      failure: null,
      startedAt: null,
      endedAt: null,
    }
  );
}
