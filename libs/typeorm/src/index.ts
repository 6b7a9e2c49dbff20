export { type PostgresOptions, tenantDataSourceOptions } from './data-source-options.js';
export {
  DataSourceRegistry,
  type DataSourceRegistryOptions,
  type DataSourceRegistryStats,
} from './data-source-registry.js';
export { addressOf, loginOf, type PostgresAddress } from './postgres-address.js';
export {
  type MigrationSource,
  type MigrationStatement,
  type MissingRowSecurity,
  migrationClassName,
  migrationSource,
  missingRowSecurity,
  ROW_SECURITY_PARTS,
  type RowSecurityOptions,
  type RowSecurityPart,
  rowSecurityChange,
  rowSecurityMigration,
  type ScopableQueryBuilder,
  scopeToTenant,
  TENANT_COLUMN,
  TENANT_DEFAULT,
  TENANT_KEY,
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
