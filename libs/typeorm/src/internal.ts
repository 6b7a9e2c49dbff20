// What the packages of Rowhouse share among themselves. It may change with any release.

export { type PostgresOptions, tenantDataSourceOptions } from './data-source-options.js';
export { type DataSourceFactory, openByFactory } from './open-by-factory.js';
export { addressOf, optionsAt, replicaAddressesOf } from './postgres-address.js';
export { writtenSince } from './replica-reads.js';
export {
  type MigrationStatement,
  migrationClassName,
  migrationSource,
  missingRowSecurity,
  type PlainEntity,
  plainEntities,
  ROW_SECURITY_PARTS,
  type RowSecurityPart,
  rowSecurityChange,
  TENANT_COLUMN,
  TENANT_DEFAULT,
  TENANT_KEY,
  tenantTables,
} from './rows/index.js';
