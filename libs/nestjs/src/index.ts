export {
  type ForEachTenantOptions,
  forEachTenant,
  HttpTenantStore,
  type HttpTenantStoreOptions,
  InMemoryTenantStore,
  IsolationViolationError,
  type NewTenant,
  type PinMode,
  PostgresTenantStore,
  type PostgresTenantStoreOptions,
  type Problem,
  parseTenantSlug,
  RowhouseError,
  type RowhouseErrorCode,
  type SchemaName,
  StatementRefusedError,
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
  TenantIdInvalidError,
  type TenantIsolation,
  TenantMismatchError,
  TenantNotFoundError,
  type TenantPage,
  TenantPoolExhaustedError,
  type TenantReport,
  type TenantResult,
  type TenantScope,
  type TenantSlug,
  type TenantStatus,
  type TenantStore,
  TenantStoreUnavailableError,
  TenantSuspendedError,
  TenantTokenInvalidError,
  TenantUnavailableError,
  TenantUnresolvedError,
  type WritableTenantStore,
} from '@rowhouse/core';
export { createTenantSchema, DataSourceRegistry, dropTenantSchema } from '@rowhouse/typeorm';
export { CurrentTenant, TenantId } from './current-tenant.decorator.js';
export { type PathPrefixOptions, tenantRewriteUrl } from './path-prefix.js';
export * from './resolvers/index.js';
export { TenancyModule } from './tenancy.module.js';
export { TENANT_STORE, type TenancyModuleExtras } from './tenancy.module-definition.js';
export { TenancyExceptionFilter } from './tenancy-exception.filter.js';
export {
  TENANCY_OPTIONS,
  type TenancyModuleOptions,
  type TenancyOptions,
  type TenancyOptionsFactory,
} from './tenancy-options.js';
export type { TenantAccessPolicy } from './tenant-access-policy.js';
export { RequireTenant, SystemRoute, TenantController, TenantOptional } from './tenant-route.decorator.js';
export { TenantRunner } from './tenant-runner.js';
export { WithTenant } from './with-tenant.decorator.js';
