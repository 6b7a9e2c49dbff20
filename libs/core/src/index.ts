export { type CatalogMigrationReport, migrateCatalog } from './catalog/migrate-catalog.js';
export { DatabaseUnreachableError, type ExamineOptions } from './doctor/examination.js';
export { examine } from './doctor/examine.js';
export type { CheckReport, CheckStatus, DoctorReport } from './doctor/report.js';
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
export type { StrayGrant } from './homes/home-grants.js';
export { ROW_POLICIES } from './homes/row-policies.js';
export { TenantHomes, type TenantHomesOptions } from './homes/tenant-homes.js';
export { runScript, type ScriptStatement } from './pin/pinned-query.js';
export { isDirect } from './pool/direct-connection.js';
export type { TenantClient } from './pool/tenant-client.js';
export {
  TenantPool,
  type TenantPoolConfig,
  type TenantPoolStats,
} from './pool/tenant-pool.js';
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
export type { GuardRule } from './statement/guard/finding.js';
export type { GuardOptions } from './statement/guard/guard-options.js';
export { GUARD_CHANNEL, type GuardFinding } from './statement/guard/statement-guard.js';
export { type SqlFacts, SqlReader } from './statement/sql-reader.js';
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
  SYSTEM_CONTEXT_CHANNEL,
  type SystemEntry,
  TenantContext,
  type TenantScope,
} from './tenant-context.js';
export {
  type ForEachTenantOptions,
  forEachTenant,
  type TenantReport,
  type TenantResult,
} from './tenants/for-each-tenant.js';
export { HttpTenantStore, type HttpTenantStoreOptions } from './tenants/http-tenant-store.js';
export { InMemoryTenantStore } from './tenants/in-memory-tenant-store.js';
export { PostgresTenantStore, type PostgresTenantStoreOptions } from './tenants/postgres-tenant-store.js';
export {
  type ListenerEvent,
  TENANT_LISTENER_CHANNEL,
  TenantChangeListener,
  type TenantChangeListenerOptions,
} from './tenants/tenant-change-listener.js';
export {
  TenantDirectory,
  type TenantDirectoryOptions,
  type TenantDirectoryStats,
  type TenantIdentifier,
} from './tenants/tenant-directory.js';
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
} from './tenants/tenant-store.js';
