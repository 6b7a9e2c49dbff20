import { z } from 'zod';
import { selectionSchema } from '../homes/selection.js';

export const RUN_STATES = ['running', 'paused', 'succeeded', 'failed', 'cancelled'] as const;
/**
 * `running` also after the process of the run has died (see {@link RunReport.isLive}); `paused` when too many homes failed or
 * the run was interrupted; `failed` when it reached its end and any home failed.
 */
export type RunState = (typeof RUN_STATES)[number];

export const runOptionsSchema = selectionSchema.extend({
  /** How many homes are migrated at the same time. Each takes one connection of the owner. At most 16. */
  concurrency: z.int().min(1).max(16).default(4),
  /** Percentage of the homes to migrate first. The others follow only if the failure rate stays within `maxFailureRate`. */
  canary: z.number().gt(0).max(100).optional(),
  /** Percentage of the homes in each wave after the canary. */
  wave: z.number().gt(0).max(100).default(100),
  /** From 0 to 1: when a larger share of a wave fails, the run pauses before the next wave. */
  maxFailureRate: z.number().min(0).max(1).default(0.1),
  /** How many milliseconds a statement waits for a lock. */
  lockTimeoutMs: z.int().min(1).max(3_600_000).default(2_000),
  /** How often a home is tried again after a lock timeout or a deadlock. */
  retries: z.int().min(0).max(100).default(5),
  /** Takes each tenant out of service (`maintenance`, 503) while its home is migrated. */
  maintenance: z.boolean().default(false),
  /** With false, every migration class runs for each home, instead of the script recorded from the first two homes. */
  scripts: z.boolean().default(true),
});

export const revertOptionsSchema = runOptionsSchema.extend({
  /** How many migrations to revert, the last first. */
  steps: z.int().min(1).default(1),
});

/** How to run migrations over the fleet. Every option has a default. */
export type RunOptions = z.input<typeof runOptionsSchema>;
export type RevertOptions = z.input<typeof revertOptionsSchema>;
export type ParsedRunOptions = z.output<typeof revertOptionsSchema>;

/** The progress of a run. */
export interface RunProgress {
  readonly runId: string;
  readonly state: RunState;
  /** The current wave, from 1. The shared tables are wave 0, before all others. */
  readonly wave: number;
  readonly waves: number;
  readonly total: number;
  readonly done: number;
  readonly failed: number;
  /** Homes that had nothing left to do when the run reached them. */
  readonly skipped: number;
  readonly pending: number;
  /** Homes per second, since this process started or continued the run. */
  readonly perSecond: number;
  /** `undefined` before the first home is done. */
  readonly etaSeconds: number | undefined;
  /** The home that has just finished; left out when a wave begins. */
  readonly home?: HomeResult;
}

export interface HomeResult {
  /** The tenant's slug, `(rows)` or `(shared)`. */
  readonly label: string;
  readonly state: 'pending' | 'done' | 'failed' | 'skipped';
  /** The migrations that ran, or will run. */
  readonly names: readonly string[];
  /** Why it failed: the migration and PostgreSQL's message. */
  readonly error?: string | undefined;
  readonly attempts: number;
  readonly durationMs?: number | undefined;
  /** From 1; 0 for the shared tables. */
  readonly wave: number;
}

/** How far a wave of a run is. */
export interface RunWave {
  /** From 1; 0 for the shared tables. */
  readonly wave: number;
  readonly isCanary: boolean;
  readonly total: number;
  readonly done: number;
  readonly failed: number;
  readonly skipped: number;
  readonly pending: number;
}

/** A run as the catalog records it. */
export interface RunReport {
  /** `undefined` when there was nothing to do: such a run is not recorded. */
  readonly id: string | undefined;
  readonly direction: 'up' | 'down';
  readonly state: RunState;
  /** False for a run in state `running` whose process has died: it can be resumed. */
  readonly isLive: boolean;
  readonly total: number;
  readonly done: number;
  readonly failed: number;
  readonly skipped: number;
  readonly pending: number;
  readonly startedAt: Date;
  readonly finishedAt: Date | undefined;
  /** Why the run stopped before its end, or how many homes failed. */
  readonly message: string | undefined;
  /** Homes that failed; at most 1,000. */
  readonly failures: readonly HomeResult[];
}

/** The message of a run whose process was told to stop. */
export const INTERRUPTED = 'Interrupted. `resume` continues the run.';

/** Whether a run is paused because its process was told to stop, and not because homes failed. */
export function isInterrupted({ state, message }: Pick<RunReport, 'state' | 'message'>): boolean {
  return state === 'paused' && message === INTERRUPTED;
}

/** What a run would do. */
export interface Plan {
  readonly direction: 'up' | 'down';
  /** Homes with the same history and the same change, the largest group first. */
  readonly groups: readonly PlanGroup[];
  readonly total: number;
}

export interface PlanGroup {
  /** The last migration that the homes have had; `undefined` if they have had none. */
  readonly from: string | undefined;
  readonly kind: 'schema' | 'row' | 'database' | 'shared';
  /** The migrations, in the order in which they would run. */
  readonly names: readonly string[];
  /** Labels of the homes. */
  readonly homes: readonly string[];
  /** Migrations that are older than others that these homes have had. */
  readonly outOfOrder: readonly string[];
  /** The statements, if the plan was requested with `sql`. */
  readonly sql?: readonly PlannedMigration[];
  /** Why the statements are unknown: the history of these homes cannot be run again, or this release does not have its migrations. */
  readonly sqlError?: string;
}

export interface PlannedMigration {
  readonly name: string;
  readonly statements: readonly string[];
  /** Why the class runs for each home, so that its statements may differ from these; `undefined` if it does not. */
  readonly dataDependence: string | undefined;
}

/** The versions of the fleet. */
export interface FleetStatus {
  /** The app's migrations, in order. */
  readonly migrations: readonly string[];
  /** The number of tenants at each version, the most frequent first. */
  readonly versions: readonly FleetVersion[];
  readonly tenants: number;
  /** Tenants that have not had all of the app's migrations. */
  readonly behind: number;
}

export interface FleetVersion {
  readonly isolation: 'schema' | 'row' | 'database';
  /** The last migration they have had; `undefined` if they have had none, or the catalog does not know. */
  readonly version: string | undefined;
  /** The app's migrations that they have not had. */
  readonly pending: readonly string[];
  /** Migrations that they have had and this release does not have. */
  readonly unknown: readonly string[];
  readonly tenants: number;
}

/** The result of comparing the catalog with the homes' own tables. */
export interface VerifyReport {
  readonly checked: number;
  /** Homes whose record was wrong: `from` is the last migration in the catalog, `to` the last one that they have had. */
  readonly corrected: readonly {
    readonly label: string;
    readonly from: string | undefined;
    readonly to: string | undefined;
  }[];
}
