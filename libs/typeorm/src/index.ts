export { type PostgresOptions, tenantDataSourceOptions } from './data-source-options.js';
export {
  DataSourceRegistry,
  type DataSourceRegistryOptions,
  type DataSourceRegistryStats,
} from './data-source-registry.js';
export { addressOf, loginOf, type PostgresAddress } from './postgres-address.js';
export {
  type MissingRowSecurity,
  missingRowSecurity,
  type RowSecurityOptions,
  rowSecurityMigration,
  type ScopableQueryBuilder,
  scopeToTenant,
  TenantColumn,
  TenantEntity,
  TenantEntityDataSource,
  TenantIndex,
  type TenantTable,
  TenantTableMissingError,
  TenantUnique,
  tenantTables,
} from './rows/index.js';
export { openTenantDataSource } from './tenant-data-source.js';
