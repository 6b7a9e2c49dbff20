import { type TenancyPoolOptions, type Tenant, TenantContext, type TenantPool } from '@rowhouse/core';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { tenantDataSourceOptions } from './data-source-options.js';
import { TenantQueryResultCache } from './tenant-query-result-cache.js';

/** The pools of TypeORM's driver, as made by ours. */
interface DriverParts {
  readonly master: TenantPool;
  readonly slaves: readonly TenantPool[];
}

/**
 * Opens a DataSource that acts for the tenant in whose context each connection is asked for.
 *
 * TypeORM's own queries at start-up (versions, extensions) run in the system context.
 */
export async function openTenantDataSource(
  options: DataSourceOptions,
  tenancy: TenancyPoolOptions = {},
): Promise<DataSource> {
  const dataSource = new DataSource(tenantDataSourceOptions(options, tenancy));
  if (dataSource.queryResultCache) {
    Object.assign(dataSource, {
      queryResultCache: new TenantQueryResultCache(dataSource.queryResultCache),
    });
  }
  return TenantContext.runAsSystem('TypeORM opens its data source', () => dataSource.initialize());
}

/**
 * The data source as one tenant's: the same metadata, the same connections, pinned to `tenant` whatever the
 * context. It delegates to its base for everything but the parts that lead to a connection or name a schema.
 */
export function dataSourceFor(base: DataSource, tenant: Tenant): DataSource {
  const view: DataSource = Object.create(base);
  const { master, slaves } = base.driver as unknown as DriverParts;
  // The way back from the parts: TypeORM 1 calls it `dataSource`, 0.3 `connection`.
  const back = 'dataSource' in base.driver ? 'dataSource' : 'connection';
  const own = <T extends object>(part: T, fields: object = {}): T =>
    Object.assign(Object.create(part), { [back]: view }, fields);

  return Object.assign(view, {
    driver: own(base.driver, {
      master: master.for(tenant),
      slaves: slaves.map((pool) => pool.for(tenant)),
      schema: tenant.schema,
      searchSchema: tenant.schema,
    }),
    manager: view.createEntityManager(),
    relationLoader: own(base.relationLoader),
    relationIdLoader: own((base as unknown as { relationIdLoader: object }).relationIdLoader),
    queryResultCache: (base.queryResultCache as TenantQueryResultCache | undefined)?.within(tenant),
    // The connections and the options belong to the base.
    destroy: async () => {},
    setOptions: () => {
      throw new TypeError(
        "A tenant's data source shares its options with all others; set them on the ambient one.",
      );
    },
  });
}
