export { type PostgresOptions, tenantDataSourceOptions } from './data-source-options.js';
export {
  DataSourceRegistry,
  type DataSourceRegistryOptions,
  type DataSourceRegistryStats,
} from './data-source-registry.js';
export { openTenantDataSource } from './tenant-data-source.js';
export { createTenantSchema, dropTenantSchema } from './tenant-schema.js';
