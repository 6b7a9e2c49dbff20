export { ignoreRowSecurity } from './ignore-row-security.js';
export {
  type MigrationSource,
  type MigrationStatement,
  migrationClassName,
  migrationSource,
} from './migration-source.js';
export {
  type Change,
  ROW_SECURITY_PARTS,
  type RowSecurityPart,
  rowSecurityChange,
  TENANT_KEY,
} from './row-security.js';
export {
  type MissingRowSecurity,
  missingRowSecurity,
  type RowSecurityOptions,
  rowSecurityMigration,
} from './row-security-migration.js';
export { type ScopableQueryBuilder, scopeToTenant } from './scope-to-tenant.js';
export { TenantTableMissingError } from './table-facts.js';
export { TENANT_COLUMN, TENANT_DEFAULT, TenantColumn } from './tenant-column.js';
export { TenantEntity, TenantIndex, TenantUnique } from './tenant-entity.decorator.js';
export { TenantEntityDataSource } from './tenant-entity-data-source.js';
export { type PlainEntity, plainEntities, type TenantTable, tenantTables } from './tenant-tables.js';
