export {
  DataSourceRegistry,
  type DataSourceRegistryOptions,
  type DataSourceRegistryStats,
} from './data-source-registry.js';
export {
  type ActorColumnOptions,
  CreatedBy,
  CursorInvalidError,
  type EntityPage,
  findOwnedOr404,
  type OrderDirection,
  PageLimitInvalidError,
  type PageOrder,
  type PageRequest,
  Paginator,
  type PaginatorOptions,
  RowNotFoundError,
  saveIfUnchanged,
  UpdatedBy,
  type UuidV7ColumnOptions,
  UuidV7PrimaryColumn,
  uuidV7,
  VersionConflictError,
} from './entities/index.js';
export {
  type RowSecurityOptions,
  rowSecurityMigration,
  type ScopableQueryBuilder,
  scopeToTenant,
  TenantColumn,
  TenantEntity,
  TenantEntityDataSource,
  TenantIndex,
  TenantTableMissingError,
  TenantUnique,
} from './rows/index.js';
export { openTenantDataSource } from './tenant-data-source.js';
