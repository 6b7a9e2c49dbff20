export type {
  AdoptionOptions,
  AdoptionReport,
  NamedObject,
  RowCount,
  UndoAdoptionOptions,
} from './adopt/index.js';
export type { Difference } from './catalog/catalog-object.js';
export type { DriftedHome, DriftOptions, DriftReport } from './drift.js';
export type { HookStats } from './events/event-outbox.js';
export type { DeliveryProblem } from './events/hook-dispatcher.js';
export {
  HookDispatcher,
  type HookDispatcherOptions,
  type TenantHook,
} from './events/hook-dispatcher.js';
export type { HookDeliveryOptions } from './events/hook-dispatcher-options.js';
export type { TenantEvent } from './events/tenant-event.js';
export { Fleet, type FleetOptions } from './fleet.js';
export { FleetMigrations, type StartOptions } from './fleet-migrations.js';
export type { RunControl } from './fleet-run.js';
export type { GeneratedMigration, GenerateOptions } from './generate/generate-migration.js';
export { MigrationFailedError } from './migration-errors.js';
export { HookDelivery } from './nest/hook-delivery.js';
export { TenancyMigrationModule } from './nest/tenancy-migration.module.js';
export type {
  TenancyMigrationModuleExtras,
  TenancyMigrationModuleOptions,
  TenancyMigrationOptionsFactory,
} from './nest/tenancy-migration-options.js';
export {
  TenantHooks,
  type TenantHooksOptions,
  type TenantLifecycleHooks,
} from './nest/tenant-hooks.decorator.js';
export type { OnStep, Seed, Step } from './provisioning.js';
export { RESERVED_SLUGS } from './reserved-slugs.js';
export type {
  FleetStatus,
  FleetVersion,
  HomeResult,
  Plan,
  PlanGroup,
  PlannedMigration,
  RevertOptions,
  RunOptions,
  RunProgress,
  RunReport,
  RunState,
  VerifyReport,
} from './run-types.js';
export type { Selection } from './selection.js';
export { type LifeControl, TenantLifecycle, type TenantUpdate } from './tenant-lifecycle.js';
export { TENANT_EVENTS, type TenantEventType } from './tenant-records.js';
export type { RepairOptions, RepairReport } from './tenant-repair.js';
