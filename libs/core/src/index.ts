export type { ApiKeyFacts, TenantOfApiKey } from './api-keys/api-key-facts.js';
export type { ApiKeyPepper } from './api-keys/api-key-hashing.js';
export type { Actor } from './audit/actor.js';
export { Catalog, type CatalogOptions } from './catalog/catalog.js';
export type { CatalogMigrationReport } from './catalog/migrate-catalog.js';
export {
  type ListenerEvent,
  type Notifications,
  type NotificationsOptions,
  TENANT_LISTENER_CHANNEL,
} from './catalog/notifications.js';
export type { ExamineOptions } from './doctor/examination.js';
export { examine } from './doctor/examine.js';
export type { CheckReport, CheckStatus, DoctorReport } from './doctor/report.js';
export type { OperatorEntry } from './entries/operator-entry.js';
export {
  ApiKeyNetworkRefusedError,
  ApiKeyScopeMissingError,
  CatalogBusyError,
  CatalogTooNewError,
  ConnectionLostError,
  DatabaseUnreachableError,
  EntryEndedError,
  EntryReadOnlyError,
  EntryRefusedError,
  FeatureMissingError,
  type IdentifierKind,
  InternalError,
  type InvalidField,
  IsolationViolationError,
  OptionsInvalidError,
  OwnerPrivilegeMissingError,
  PlacementRefusedError,
  PlacementUnavailableError,
  PlacementUnknownError,
  PlanEntryUnknownError,
  PlanUnknownError,
  type Problem,
  QuotaExceededError,
  ResultTooLargeError,
  RolesTakenError,
  RowhouseError,
  SelfCheckFailedError,
  StatementRefusedError,
  TenantAccessDeniedError,
  TenantConflictError,
  TenantContextMissingError,
  TenantIdInvalidError,
  TenantInvalidError,
  TenantMismatchError,
  TenantNotFoundError,
  TenantPoolExhaustedError,
  TenantRateLimitedError,
  TenantStoreUnavailableError,
  TenantSuspendedError,
  TenantTokenInvalidError,
  TenantUnavailableError,
  TenantUnresolvedError,
} from './errors.js';
export type { StrayGrant } from './homes/home-grants.js';
export { TenantHomes, type TenantHomesOptions } from './homes/tenant-homes.js';
export type { LogIds } from './logs/log-ids.js';
export { type TenantLogFields, tenantLogFields } from './logs/tenant-log-fields.js';
export {
  type DroppedLines,
  TenantLogSampling,
  type TenantLogSamplingOptions,
} from './logs/tenant-log-sampling.js';
export {
  type EffectivePlan,
  EffectivePlans,
  type EffectivePlansOptions,
  type EffectiveValue,
  type LimitSource,
} from './plans/effective-plan.js';
export type { Plan, Plans, Quota, TenantOverrides } from './plans/plan.js';
export { type Rate, type RateState, type RateWindow, rateWindow } from './plans/rate.js';
export { TenantFeatures } from './plans/tenant-features.js';
export type { TenantLimits } from './plans/tenant-limits.js';
export { type QuotaUse, TenantQuotas } from './plans/tenant-quotas.js';
export type { TenantClient } from './pool/tenant-client.js';
export {
  TenantPool,
  type TenantPoolConfig,
  type TenantPoolStats,
} from './pool/tenant-pool.js';
export type {
  DatabasesOptions,
  PinMode,
  PlacementOptions,
  TenancyPoolOptions,
  UrlReference,
} from './pool-options.js';
export type { ReplicaOptions } from './replicas/replica-options.js';
export type { PrimaryReason, ReplicaReadStats, ReplicaStats } from './replicas/replica-reads.js';
export type { GuardRule } from './statement/guard/finding.js';
export type { GuardOptions } from './statement/guard/guard-options.js';
export { GUARD_CHANNEL, type GuardFinding } from './statement/guard/statement-guard.js';
export { type TenantLockQuery, tenantLock, tryTenantLock } from './statement/tenant-lock.js';
export type { PostgresAddress } from './support/postgres-address.js';
export {
  isTenantId,
  isTenantSlug,
  parseTenant,
  parseTenantSlug,
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
  type ActorSource,
  SYSTEM_CONTEXT_CHANNEL,
  type SystemEntry,
  TenantContext,
  type TenantRunOptions,
  type TenantScope,
  withLogIds,
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
export { TenantChangeListener } from './tenants/tenant-change-listener.js';
export type {
  CompanionContent,
  CompanionCount,
  CompanionRow,
  TenantCompanion,
} from './tenants/tenant-companion.js';
export {
  TenantDirectory,
  type TenantDirectoryOptions,
  type TenantDirectoryStats,
  type TenantIdentifier,
} from './tenants/tenant-directory.js';
export { TENANT_EVENTS, type TenantEventType } from './tenants/tenant-records.js';
export type {
  NewTenant,
  TenantChange,
  TenantChangeFeed,
  TenantChangeHandler,
  TenantListOptions,
  TenantPage,
  TenantStore,
  WritableTenantStore,
} from './tenants/tenant-store.js';
