import { z } from 'zod';
import { selectionSchema } from '../homes/selection.js';

export const RUN_STATES = ['running', 'paused', 'succeeded', 'failed', 'cancelled'] as const;
/** `running`, also of one whose process has died; `paused` because too many failed; `failed` when any home did. */
export type RunState = (typeof RUN_STATES)[number];

export const runOptionsSchema = selectionSchema.extend({
  /** Homes that are migrated at a time: so many connections of the owner, at most 16. */
  concurrency: z.int().min(1).max(16).default(4),
  /** Per cent of the homes that go first; the others follow only when as few of them failed as may. */
  canary: z.number().gt(0).max(100).optional(),
  /** Per cent of the homes that go together after that. */
  wave: z.number().gt(0).max(100).default(100),
  /** Of a wave: when more of it fail, from 0 to 1, the run pauses before the next. */
  maxFailureRate: z.number().min(0).max(1).default(0.1),
  /** Milliseconds that a statement waits for a lock that somebody else holds. */
  lockTimeoutMs: z.int().min(1).max(3_600_000).default(2_000),
  /** How often a home is tried again that waited for a lock in vain. */
  retries: z.int().min(0).max(100).default(5),
  /** Takes each tenant out of service (`maintenance`, 503) while its home is migrated. */
  maintenance: z.boolean().default(false),
  /** False asks every migration class for each home, instead of sending what it did in a scratch home. */
  scripts: z.boolean().default(true),
});

export const revertOptionsSchema = runOptionsSchema.extend({
  /** How many migrations are taken back, the last first. */
  steps: z.int().min(1).default(1),
});

/** How migrations are run over the fleet. Everything has a default. */
export type RunOptions = z.input<typeof runOptionsSchema>;
export type RevertOptions = z.input<typeof revertOptionsSchema>;
export type ParsedRunOptions = z.output<typeof revertOptionsSchema>;

/** How far a run is. */
export interface RunProgress {
  readonly runId: string;
  readonly state: RunState;
  /** The wave under way, from 1; the shared tables, which go before all others, are wave 0. */
  readonly wave: number;
  readonly waves: number;
  readonly total: number;
  readonly done: number;
  readonly failed: number;
  /** Homes that had nothing left to do when their turn came. */
  readonly skipped: number;
  readonly pending: number;
  /** Homes a second, since this process took up the run. */
  readonly perSecond: number;
  /** `undefined` before the first home is done. */
  readonly etaSeconds: number | undefined;
  /** The home that this tells of, if it tells of one. */
  readonly home?: HomeResult;
}

export interface HomeResult {
  /** The tenant's slug, `(rows)` or `(shared)`. */
  readonly label: string;
  readonly state: 'pending' | 'done' | 'failed' | 'skipped';
  /** The migrations that were run, or are to be. */
  readonly names: readonly string[];
  /** Why it failed: the migration and PostgreSQL's message. */
  readonly error?: string | undefined;
  readonly attempts: number;
  readonly durationMs?: number | undefined;
  /** From 1; 0 for the shared tables. */
  readonly wave: number;
}

/** A run as the catalog knows it. */
export interface RunReport {
  /** `undefined` when there was nothing to do: such a run leaves no trace. */
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
  /** Why it stopped, if it did not come to its end. */
  readonly message: string | undefined;
  /** Homes that failed; at most 1,000. */
  readonly failures: readonly HomeResult[];
}

/** What a run would do. */
export interface Plan {
  readonly direction: 'up' | 'down';
  /** Homes that have the same to do, with the same history, most first. */
  readonly groups: readonly PlanGroup[];
  readonly total: number;
}

export interface PlanGroup {
  /** The last migration that the homes have had; `undefined` for none. */
  readonly from: string | undefined;
  readonly kind: 'schema' | 'row' | 'database' | 'shared';
  /** In the order in which they would be run. */
  readonly names: readonly string[];
  /** Labels of the homes. */
  readonly homes: readonly string[];
  /** Migrations that lie before others that these homes have had. */
  readonly outOfOrder: readonly string[];
  /** The statements, where they were asked for. */
  readonly sql?: readonly PlannedMigration[];
  /** Why they cannot be told: what these homes have had cannot be run again, or this release does not know it. */
  readonly sqlError?: string;
}

export interface PlannedMigration {
  readonly name: string;
  readonly statements: readonly string[];
  /** Why the class is asked anew for each home, so that its statements may differ from these. */
  readonly dataDependence: string | undefined;
}

/** Where the fleet is. */
export interface FleetStatus {
  /** The app's migrations, in order. */
  readonly migrations: readonly string[];
  /** How many tenants are at which version, most first. */
  readonly versions: readonly FleetVersion[];
  readonly tenants: number;
  /** Tenants that lack some of the app's migrations. */
  readonly behind: number;
}

export interface FleetVersion {
  readonly isolation: 'schema' | 'row' | 'database';
  /** The last migration they have had; `undefined` when the catalog does not know, or for none. */
  readonly version: string | undefined;
  /** The app's migrations that they lack. */
  readonly pending: readonly string[];
  /** Migrations that they have had and this release does not know. */
  readonly unknown: readonly string[];
  readonly tenants: number;
}

/** What homes said of themselves. */
export interface VerifyReport {
  readonly checked: number;
  /** Homes of which the catalog said otherwise, with the last migration that it knew and the one that they have had. */
  readonly corrected: readonly {
    readonly label: string;
    readonly from: string | undefined;
    readonly to: string | undefined;
  }[];
}
