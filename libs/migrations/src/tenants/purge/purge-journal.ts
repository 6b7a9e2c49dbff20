import type { Tenant } from '@rowhouse/core';
import { JOURNAL_SCHEMA } from '@rowhouse/core/internal';
import type { DataSourceRegistry } from '@rowhouse/typeorm';

/** Removes what is kept of rows of a tenant as they were. That of a tenant's own database goes with the database. */
export async function purgeJournal(registry: DataSourceRegistry, tenant: Tenant): Promise<void> {
  if (tenant.isolation === 'database') return;
  const owner = await registry.directFor(tenant, { mayBeMissing: true });
  const [found]: { there: boolean }[] = await owner.query(
    `select pg_catalog.to_regprocedure('${JOURNAL_SCHEMA}.forget(pg_catalog.uuid)') is not null as there`,
  );
  if (found?.there) await owner.query(`select ${JOURNAL_SCHEMA}.forget($1)`, [tenant.id]);
}
