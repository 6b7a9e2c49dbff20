import type { Tenant } from '@rowhouse/core';
import { isStorableJson, UNSTORABLE_REFUSED } from '@rowhouse/core/internal';
import { z } from 'zod';

/**
 * `waiting`: for its time, for its turn, for a retry, or for its tenant to be active. `completed`, `failed` and `cancelled` are ends;
 * a failed job has no retries left.
 */
export const JOB_STATES = ['waiting', 'running', 'completed', 'failed', 'cancelled'] as const;
export type JobState = (typeof JOB_STATES)[number];

/** What may be put in a job, in bytes of JSON. Larger things belong into the tenant's tables, and their keys into the job. */
export const MAX_DATA_BYTES = 256 * 1_024;
const MAX_RETRIES = 100;
const MAX_PRIORITY = 10;

export const jobNameSchema = z
  .string()
  .max(100)
  .regex(
    /^[a-z][a-z0-9]*([._:-][a-z0-9]+)*$/,
    'expected a name such as send-invoice: a-z, 0-9, and . _ : - between them, beginning with a letter',
  );

/** Levels of objects and arrays within each other. */
const MAX_DEPTH = 100;

/** False for what holds itself, too. */
function isShallow(value: unknown, depth = 0): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return depth < MAX_DEPTH && Object.values(value).every((inner) => isShallow(inner, depth + 1));
}

/** JSON, as PostgreSQL can store it. */
export const jobDataSchema = z
  .unknown()
  .refine((data) => isShallow(data), `expected at most ${MAX_DEPTH} levels`)
  .pipe(z.json('expected data that JSON can express'))
  .refine(isStorableJson, UNSTORABLE_REFUSED)
  .refine(
    (data) => Buffer.byteLength(JSON.stringify(data)) <= MAX_DATA_BYTES,
    `expected at most ${MAX_DATA_BYTES} bytes of JSON`,
  );

/** Singleton keys that begin so are of schedules; the catalog refuses them to tenants, too. */
export const RESERVED_KEYS = 'rowhouse:';

export const retriesSchema = z.int().min(0).max(MAX_RETRIES);

const text = z.string().min(1).max(200).refine(isStorableJson, UNSTORABLE_REFUSED);

export const enqueueOptionsSchema = z.strictObject({
  startAfter: z.date().optional(),
  singletonKey: text
    .refine((key) => !key.startsWith(RESERVED_KEYS), `expected no ${RESERVED_KEYS} at the beginning`)
    .optional(),
  retries: retriesSchema.optional(),
  priority: z.int().min(-MAX_PRIORITY).max(MAX_PRIORITY).default(0),
});

/** How a job is enqueued. */
export interface JobOptions {
  /** Not before this time. Default: at once. */
  readonly startAfter?: Date | undefined;
  /** While a job of the tenant with this name and key is waiting, no other is made. At most 200 characters, and not `rowhouse:` first. */
  readonly singletonKey?: string | undefined;
  /** How often it is run again when it fails. Default: what its handler says. */
  readonly retries?: number | undefined;
  /** From -10 to 10: among the due jobs of its tenant with the same name, the highest is first. Default 0. */
  readonly priority?: number | undefined;
}

/** What a handler is given. */
export interface TenantJobRun<Data = unknown> {
  readonly data: Data;
  /** As it is now, and not as it was when the job was enqueued. It is the tenant of the context. */
  readonly tenant: Tenant;
  /**
   * Aborted when the job is cancelled, when its tenant is purged, when this process shuts down, and when the job was lost to another process. Statements that
   * are under way in the tenant's context are cancelled then.
   */
  readonly signal: AbortSignal;
  /** From 1. Attempts that a crash or a shutdown ended do not count. */
  readonly attempt: number;
  readonly jobId: string;
}

/** A job, as the catalog knows it. */
export interface JobRecord {
  readonly id: string;
  readonly tenantId: string;
  /** `null` when the tenant is purged. */
  readonly tenantSlug: string | null;
  readonly name: string;
  readonly state: JobState;
  /** It waits because its tenant is not active. */
  readonly isHeld: boolean;
  readonly priority: number;
  readonly singletonKey: string | null;
  /** Attempts that ended, or are under way. */
  readonly attempts: number;
  /** The message of the last error. */
  readonly failure: string | null;
  readonly createdAt: Date;
  /** When it is due, or was. */
  readonly runAt: Date;
  /** When the last attempt began. */
  readonly startedAt: Date | null;
  readonly endedAt: Date | null;
}

/** Jobs that are due, and that no worker handles. */
export interface UnhandledJobs {
  readonly name: string;
  readonly waiting: number;
}

/** How many jobs of a name there are in each state. */
export interface JobCounts {
  readonly name: string;
  /** Including those that are held. */
  readonly waiting: number;
  /** Those of `waiting` whose tenant is not active. */
  readonly held: number;
  readonly running: number;
  readonly completed: number;
  readonly failed: number;
  readonly cancelled: number;
}
