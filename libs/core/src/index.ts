export * from './errors.js';
export { TenantPool, type PinMode, type TenancyPoolOptions, type TenantPoolConfig, type TenantPoolStats } from './tenant-pool.js';
export type { TenantPoolClient } from './tenant-client.js';
export { type SystemEntry, SYSTEM_CONTEXT_CHANNEL, TenantContext, type TenantScope } from './tenant-context.js';
export * from './tenant-store.js';
export * from './tenant.js';
