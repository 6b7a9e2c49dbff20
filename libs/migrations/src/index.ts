export * from './fleet/index.js';
export { HookDelivery } from './nest/hook-delivery.js';
export { TenancyMigrationModule } from './nest/tenancy-migration.module.js';
export type {
  TenancyMigrationModuleOptions,
  TenancyMigrationOptionsFactory,
} from './nest/tenancy-migration-options.js';
export {
  TenantHooks,
  type TenantHooksOptions,
  type TenantLifecycleHooks,
} from './nest/tenant-hooks.decorator.js';
