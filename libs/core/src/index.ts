export * from './errors.js';
export * from './tenant.js';
export {
  SYSTEM_CONTEXT_CHANNEL,
  type SystemEntry,
  TenantContext,
  type TenantScope,
} from './tenant-context.js';
export {
  type PinMode,
  type TenancyPoolOptions,
  TenantPool,
  type TenantPoolConfig,
  type TenantPoolStats,
} from './tenant-pool.js';
export * from './tenant-store.js';
