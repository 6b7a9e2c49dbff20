// The fleet without Nest: for scripts, commands and other frameworks.

export type {
  AdoptionControl,
  AdoptionOptions,
  AdoptionReport,
  NamedObject,
  RowCount,
  UndoAdoptionOptions,
} from '../adopt/index.js';
export type { DriftedHome, DriftOptions, DriftReport } from '../drift/drift.js';
export type { Difference } from '../drift/structure/structure-object.js';
export {
  CertificateNotFoundError,
  MigrationConflictError,
  MigrationFailedError,
  MigrationRefusedError,
  MigrationRunNotFoundError,
} from '../errors.js';
export type { HookStats } from '../events/event-outbox.js';
export type { DeliveryProblem } from '../events/hook-dispatcher.js';
export {
  HookDispatcher,
  type HookDispatcherOptions,
  type TenantHook,
} from '../events/hook-dispatcher.js';
export type { HookDeliveryOptions } from '../events/hook-dispatcher-options.js';
export type { TenantEvent } from '../events/tenant-event.js';
export type { GeneratedMigration, GenerateOptions } from '../generate/generate-migration.js';
export type { Selection } from '../homes/selection.js';
export { FleetMigrations, type StartOptions } from '../runs/fleet-migrations.js';
export type { RunControl } from '../runs/fleet-run.js';
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
  RunWave,
  VerifyReport,
} from '../runs/run-types.js';
export type {
  CertifiedExport,
  DeletionCertificate,
  KeptCertificate,
} from '../tenants/certificate/deletion-certificate.js';
export { findDeletionCertificate } from '../tenants/certificate/find-certificate.js';
export type { CloneRecord } from '../tenants/clones.js';
export type { PurgedTenant } from '../tenants/removal.js';
export { RESERVED_SLUGS } from '../tenants/reserved-slugs.js';
export type { LifeControl, OnStep, Step } from '../tenants/steps.js';
export { type PurgeReport, TenantLifecycle } from '../tenants/tenant-lifecycle.js';
export type { RepairOptions, RepairReport } from '../tenants/tenant-repair.js';
export type { PlannedMove } from '../workers/plan-moves.js';
export {
  type RelocationControl,
  RelocationFailedError,
  type RelocationProgress,
  type Worker,
  Workers,
  WorkerUnknownError,
} from '../workers/workers.js';
export { type ExportTenant, Fleet, type FleetOptions } from './fleet.js';
export type { Seed } from './fleet-deployment.js';
