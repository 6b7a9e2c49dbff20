export { type CatalogMigrationReport, migrateCatalog } from './catalog.js';
export { isDirect } from './direct-connection.js';
export {
  type CheckReport,
  type CheckStatus,
  DatabaseUnreachableError,
  type DoctorReport,
  type ExamineOptions,
  examine,
} from './doctor/index.js';
export {
  CatalogTooNewError,
  type IdentifierKind,
  IsolationViolationError,
  MigrationConflictError,
  MigrationRefusedError,
  MigrationRunNotFoundError,
  OwnerPrivilegeMissingError,
  PlacementUnknownError,
  type Problem,
  RowhouseError,
  type RowhouseErrorCode,
  SelfCheckFailedError,
  StatementRefusedError,
  TenantAccessDeniedError,
  TenantConflictError,
  TenantContextMissingError,
  TenantIdInvalidError,
  TenantMismatchError,
  TenantNotFoundError,
  TenantPoolExhaustedError,
  TenantStoreUnavailableError,
  TenantSuspendedError,
  TenantTokenInvalidError,
  TenantUnavailableError,
  TenantUnresolvedError,
} from './errors.js';
export {
  type ForEachTenantOptions,
  forEachTenant,
  type TenantReport,
  type TenantResult,
} from './for-each-tenant.js';
export {
  GUARD_CHANNEL,
  type GuardFinding,
  type GuardOptions,
  type GuardRule,
  type SqlFacts,
  SqlReader,
} from './guard/index.js';
export type { StrayGrant } from './homes/home-grants.js';
export { TenantHomes, type TenantHomesOptions } from './homes/tenant-homes.js';
export { HttpTenantStore, type HttpTenantStoreOptions } from './http-tenant-store.js';
export { InMemoryTenantStore } from './in-memory-tenant-store.js';
export { runScript, type ScriptStatement } from './pinned-query.js';
export {
  type DatabasesOptions,
  type PinMode,
  type PlacementOptions,
  parsePoolOptions,
  type TenancyPoolOptions,
  type TenancyPoolSettings,
  type TenantLimits,
  tenancyPoolSchema,
  type UrlReference,
} from './pool-options.js';
export { PostgresTenantStore, type PostgresTenantStoreOptions } from './postgres-tenant-store.js';
export { ROW_POLICIES } from './row-policies.js';
export {
  type DeploymentRoles,
  databaseNameOf,
  isHostname,
  isTenantId,
  isTenantSlug,
  parseTenant,
  parseTenantSlug,
  type RoleName,
  rolesOf,
  type SchemaName,
  schemaNameOf,
  TENANT_ISOLATIONS,
  TENANT_STATUSES,
  type Tenant,
  type TenantIsolation,
  type TenantSlug,
  type TenantStatus,
} from './tenant.js';
export {
  type ListenerEvent,
  TENANT_LISTENER_CHANNEL,
  TenantChangeListener,
  type TenantChangeListenerOptions,
} from './tenant-change-listener.js';
export type { TenantClient } from './tenant-client.js';
export {
  SYSTEM_CONTEXT_CHANNEL,
  type SystemEntry,
  TenantContext,
  type TenantScope,
} from './tenant-context.js';
export {
  TenantDirectory,
  type TenantDirectoryOptions,
  type TenantDirectoryStats,
  type TenantIdentifier,
} from './tenant-directory.js';
export {
  TenantPool,
  type TenantPoolConfig,
  type TenantPoolStats,
} from './tenant-pool.js';
export {
  isTenantChangeFeed,
  type NewTenant,
  parseNewTenant,
  type TenantChange,
  type TenantChangeFeed,
  type TenantChangeHandler,
  type TenantListOptions,
  type TenantPage,
  type TenantStore,
  type WritableTenantStore,
} from './tenant-store.js';
