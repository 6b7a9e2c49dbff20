import { type TenancyPoolOptions, TenantContext } from '@rowhouse/core';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { keepOwners } from './active-record.js';
import { followContext } from './ambient-driver.js';
import { tenantDataSourceOptions } from './data-source-options.js';
import { driverOf } from './driver-parts.js';
import { routeReads } from './replica-reads.js';
import { TenantQueryResultCache } from './tenant-query-result-cache.js';

/**
 * Opens a DataSource that acts for the tenant in whose context each connection is asked for.
 *
 * It is a plain `DataSource` of TypeORM. TypeORM's own queries at start-up (versions, extensions) run as the login.
 */
export async function openTenantDataSource(
  options: DataSourceOptions,
  tenancy: TenancyPoolOptions = {},
): Promise<DataSource> {
  const log = (line: string) => dataSource.logger.log('info', line);
  const dataSource = new DataSource(tenantDataSourceOptions(options, tenancy, log));
  await serveTenants(dataSource, tenancy);
  return TenantContext.runAsLogin('TypeORM opens its data source', () => dataSource.initialize());
}

/** Makes a data source over a tenant pool act for the tenant in force in all its parts. */
export async function serveTenants(dataSource: DataSource, tenancy: TenancyPoolOptions): Promise<void> {
  followContext(driverOf(dataSource));
  keepCacheApart(dataSource);
  keepOwners(dataSource);
  await routeReads(driverOf(dataSource), tenancy);
}

/** Gives the query-result cache compartments, and every cache that takes its place (`setOptions({ cache })`). */
function keepCacheApart(dataSource: DataSource): void {
  const apart = (cache: DataSource['queryResultCache']) =>
    cache && TenantQueryResultCache.of(cache, dataSource);
  let current = apart(dataSource.queryResultCache);
  Object.defineProperty(dataSource, 'queryResultCache', {
    get: () => current,
    set: (cache: DataSource['queryResultCache']) => {
      current = apart(cache);
    },
    configurable: true,
    enumerable: true,
  });
}
