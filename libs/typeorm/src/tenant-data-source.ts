import { type TenancyPoolOptions, type Tenant, TenantContext, type TenantPool } from '@rowhouse/core';
import type { Pool } from 'pg';
import type { DataSource, DataSourceOptions } from 'typeorm';
import { tenantDataSourceOptions } from './data-source-options.js';
import { TenantEntityDataSource } from './rows/index.js';
import { TenantQueryResultCache } from './tenant-query-result-cache.js';

/** The pools of TypeORM's driver. They are tenant pools, because the driver option says so. */
interface DriverParts {
  readonly master: TenantPool;
  readonly slaves: readonly TenantPool[];
}

/**
 * Opens a DataSource that acts for the tenant in whose context each connection is asked for.
 *
 * TypeORM's own queries at start-up (versions, extensions) run as the login.
 */
export async function openTenantDataSource(
  options: DataSourceOptions,
  tenancy: TenancyPoolOptions = {},
): Promise<DataSource> {
  const dataSource = withTenantCache(new TenantEntityDataSource(tenantDataSourceOptions(options, tenancy)));
  return TenantContext.runAsLogin('TypeORM opens its data source', () => dataSource.initialize());
}

/** Gives the data source a query-result cache with one compartment for each tenant, where it has a cache. */
export function withTenantCache(dataSource: DataSource): DataSource {
  if (dataSource.queryResultCache)
    Object.assign(dataSource, { queryResultCache: new TenantQueryResultCache(dataSource.queryResultCache) });
  return dataSource;
}

/** How a view of a data source differs from its base. */
export interface DataSourceView {
  readonly tenant: Tenant;
  /** The pool that takes the place of `pool`. */
  readonly pinned: (pool: TenantPool) => Pool;
  /** Further members that replace those of the base. */
  readonly overrides?: Partial<DataSource>;
}

/**
 * A view of the data source for one tenant: the same metadata and the same connections, pinned to `tenant` whatever the
 * context. It delegates to its base, except for the parts that reach a connection or name a schema.
 */
export function viewOf(base: DataSource, { tenant, pinned, overrides }: DataSourceView): DataSource {
  const view: DataSource = Object.create(base);
  const { master, slaves } = base.driver as unknown as DriverParts;
  const schema = master.schemaOf(tenant);
  // The property by which these parts reach their data source: `dataSource` in TypeORM 1, `connection` in 0.3.
  const back = 'dataSource' in base.driver ? 'dataSource' : 'connection';
  const own = <T extends object>(part: T, fields: object = {}): T =>
    Object.assign(Object.create(part), { [back]: view }, fields);

  return Object.assign(view, {
    driver: own(base.driver, {
      master: pinned(master),
      slaves: slaves.map(pinned),
      schema,
      searchSchema: schema,
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
    ...overrides,
  });
}
