import { type Tenant, TenantContext } from '@rowhouse/core';
import { isElsewhere } from '@rowhouse/core/internal';
import type { DataSourceRegistry } from '@rowhouse/typeorm';
import type { QuotaMeter } from './quota-meters.js';

const OF_SCHEMA = `
  select coalesce(pg_catalog.sum(pg_catalog.pg_total_relation_size(c.oid)), 0)::float8 as bytes
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
   where n.nspname = $1 and c.relkind in ('r', 'm', 'S')`;

const OF_DATABASE = 'select pg_catalog.pg_database_size(pg_catalog.current_database())::float8 as bytes';

/**
 * The bytes that a tenant takes on PostgreSQL's disk: its tables with their indexes and TOAST, or its database. Of tenants that share
 * tables PostgreSQL does not know it.
 */
export function storageMeter(registry: DataSourceRegistry): QuotaMeter {
  return {
    quota: 'storage',
    async usedBy(tenant: Tenant) {
      switch (tenant.isolation) {
        case 'database':
          return bytesOf(await registry.for(tenant).query(OF_DATABASE));
        case 'schema':
          if (isElsewhere(tenant))
            return bytesOf(await registry.for(tenant).query(OF_SCHEMA, [tenant.schema]));
          return TenantContext.runAsSystem('measure storage', async () =>
            bytesOf(await registry.ambient.query(OF_SCHEMA, [tenant.schema])),
          );
        default:
          return undefined;
      }
    },
  };
}

function bytesOf([row]: readonly { readonly bytes: number }[]): number | undefined {
  return row?.bytes;
}
