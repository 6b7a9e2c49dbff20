export type {
  AdoptionOptions,
  AdoptionReport,
  NamedObject,
  RowCount,
  UndoAdoptionOptions,
} from './adopt/index.js';
export type { DriftedHome, DriftOptions, DriftReport } from './drift/drift.js';
export type { Difference } from './drift/structure/structure-object.js';
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
export type { GeneratedMigration, GenerateOptions } from './generate/generate-migration.js';
export type { Selection } from './homes/selection.js';
export { MigrationFailedError } from './migrate/migration-errors.js';
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
export { FleetMigrations, type StartOptions } from './runs/fleet-migrations.js';
export type { RunControl } from './runs/fleet-run.js';
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
} from './runs/run-types.js';
export type { OnStep, Seed, Step } from './tenants/provisioning.js';
export { RESERVED_SLUGS } from './tenants/reserved-slugs.js';
export { type LifeControl, TenantLifecycle, type TenantUpdate } from './tenants/tenant-lifecycle.js';
export { TENANT_EVENTS, type TenantEventType } from './tenants/tenant-records.js';
export type { RepairOptions, RepairReport } from './tenants/tenant-repair.js';
