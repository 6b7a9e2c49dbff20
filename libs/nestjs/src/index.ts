export {
  type Actor,
  type ActorSource,
  type ApiKeyFacts,
  ApiKeyNetworkRefusedError,
  type ApiKeyPepper,
  ApiKeyScopeMissingError,
  Catalog,
  type DroppedLines,
  EffectivePlans,
  EntryEndedError,
  EntryReadOnlyError,
  EntryRefusedError,
  FeatureMissingError,
  type ForEachTenantOptions,
  forEachTenant,
  GUARD_CHANNEL,
  type GuardFinding,
  HttpTenantStore,
  type HttpTenantStoreOptions,
  InMemoryTenantStore,
  IsolationViolationError,
  type LogIds,
  type NewTenant,
  type OperatorEntry,
  OptionsInvalidError,
  OwnerPrivilegeMissingError,
  type PinMode,
  PlacementRefusedError,
  PlacementUnavailableError,
  PlacementUnknownError,
  type Plan,
  PlanEntryUnknownError,
  type Plans,
  PlanUnknownError,
  PostgresTenantStore,
  type PostgresTenantStoreOptions,
  type Problem,
  parseTenantSlug,
  type Quota,
  QuotaExceededError,
  type Rate,
  type RateState,
  RolesTakenError,
  RowhouseError,
  type SchemaName,
  SelfCheckFailedError,
  StatementRefusedError,
  SYSTEM_CONTEXT_CHANNEL,
  type SystemEntry,
  type TenancyPoolOptions,
  type Tenant,
  TenantAccessDeniedError,
  type TenantChange,
  TenantConflictError,
  TenantContext,
  TenantContextMissingError,
  TenantDirectory,
  type TenantDirectoryOptions,
  type TenantDirectoryStats,
  TenantFeatures,
  type TenantHomes,
  TenantIdInvalidError,
  TenantInvalidError,
  type TenantIsolation,
  type TenantLimits,
  type TenantLogFields,
  TenantLogSampling,
  type TenantLogSamplingOptions,
  TenantMismatchError,
  TenantNotFoundError,
  type TenantOfApiKey,
  type TenantOverrides,
  type TenantPage,
  TenantPoolExhaustedError,
  TenantQuotas,
  TenantRateLimitedError,
  type TenantReport,
  type TenantResult,
  type TenantRunOptions,
  type TenantScope,
  type TenantSlug,
  type TenantStatus,
  type TenantStore,
  TenantStoreUnavailableError,
  TenantSuspendedError,
  TenantTokenInvalidError,
  TenantUnavailableError,
  TenantUnresolvedError,
  tenantLogFields,
  type WritableTenantStore,
  withLogIds,
} from '@rowhouse/core';
export {
  DataSourceRegistry,
  rowSecurityMigration,
  scopeToTenant,
  TenantColumn,
  TenantEntity,
  TenantIndex,
  TenantUnique,
} from '@rowhouse/typeorm';
export {
  ConnectionTenantMismatchError,
  EntryQueueRefusedError,
  HandshakeFailedError,
  MessageRefusedError,
  ResponseCacheSharedError,
} from './errors.js';
export { HealthChecks, type HealthFinding, type TenancyHealthCheck } from './health/health-checks.js';
export { type HealthReport, TenancyHealth, type TerminusResult } from './health/tenancy-health.js';
export { TenancyHealthModule, type TenancyHealthModuleOptions } from './health/tenancy-health.module.js';
export { type PathPrefixOptions, tenantRewriteUrl } from './http/path-prefix.js';
export {
  type ObservedRequest,
  RequestObservation,
  type RequestObserver,
} from './http/request-observation.js';
export { TenancyExceptionFilter } from './http/tenancy-exception.filter.js';
export { TenantRunner } from './jobs/tenant-runner.js';
export { WithTenant } from './jobs/with-tenant.decorator.js';
export { TenantLogger, type TenantLoggerOptions } from './logs/tenant-logger.js';
export { type MessageTrust, TenantMessages } from './messages/tenant-messages.js';
export { type QuotaMeter, QuotaMeters } from './quotas/quota-meters.js';
export { RequireQuota } from './quotas/require-quota.decorator.js';
export { RowQuotas } from './quotas/row-quotas.js';
export type { RateLimitedBy } from './rates/declared-limits.js';
export { RateLimit, type RateLimitOptions } from './rates/rate-limit.decorator.js';
export type { RedisClient } from './rates/redis-rate-store.js';
export { TenantRates } from './rates/tenant-rates.js';
export { ApiKeyResolver, type ApiKeyResolverOptions } from './resolvers/api-key.resolver.js';
export {
  type CustomResolution,
  CustomResolver,
  type CustomResolverOptions,
  type ResolveTenant,
} from './resolvers/custom.resolver.js';
export {
  DefaultTenantResolver,
  type DefaultTenantResolverOptions,
} from './resolvers/default-tenant.resolver.js';
export { DomainResolver, type DomainResolverOptions } from './resolvers/domain.resolver.js';
export type { PathPattern } from './resolvers/excluded-paths.js';
export { HeaderResolver, type HeaderResolverOptions } from './resolvers/header.resolver.js';
export { JwtResolver } from './resolvers/jwt/jwt.resolver.js';
export type { JwtAlgorithm } from './resolvers/jwt/jwt-keys.js';
export type { JwtCacheOptions, JwtResolverOptions } from './resolvers/jwt/jwt-options.js';
export { PathResolver, type PathResolverOptions, type PathSplit } from './resolvers/path.resolver.js';
export { QueryResolver, type QueryResolverOptions } from './resolvers/query.resolver.js';
export type { HeaderValue, PlainHeaders, TenantRequest } from './resolvers/request/tenant-request.js';
export { toTenantRequest } from './resolvers/request/to-tenant-request.js';
export { SubdomainResolver, type SubdomainResolverOptions } from './resolvers/subdomain.resolver.js';
export {
  parseTenantReference,
  type TenantReference,
  type TenantReferenceKind,
} from './resolvers/tenant-reference.js';
export {
  type Resolved,
  type TenantLookup,
  TenantResolution,
  type TenantResolutionOptions,
} from './resolvers/tenant-resolution.js';
export type { MaybePromise, TenantResolver } from './resolvers/tenant-resolver.js';
export { CurrentEntry, CurrentTenant, TenantId } from './routes/current-tenant.decorator.js';
export { RequireFeature } from './routes/require-feature.decorator.js';
export { RequireScope, type RequireScopeOptions } from './routes/require-scope.decorator.js';
export type { TenantAccessPolicy } from './routes/tenant-access-policy.js';
export {
  RequireTenant,
  SystemRoute,
  TenantController,
  TenantOptional,
} from './routes/tenant-route.decorator.js';
export { TokenTenantPolicy, type TokenTenantPolicyOptions } from './routes/token-tenant-policy.js';
export { ofTenant } from './streams/of-tenant.js';
export { TenancyModule } from './tenancy.module.js';
export { TENANT_STORE, type TenancyModuleExtras } from './tenancy.module-definition.js';
export {
  TENANCY_OPTIONS,
  type TenancyModuleOptions,
  type TenancyOptions,
  type TenancyOptionsFactory,
} from './tenancy-options.js';
