import { OptionsInvalidError } from '@rowhouse/core';
import { parseOptions } from '@rowhouse/core/internal';
import { Cron } from 'croner';
import { z } from 'zod';
import { jobNameSchema, retriesSchema, type TenantJobRun } from '../job.js';

/** How the jobs of a name are worked on. */
export interface JobHandlerOptions {
  /** How many run at once in this process. Default 5. */
  readonly concurrency?: number | undefined;
  /** How many of one tenant run at once, in all processes together. Default: no limit of its own. */
  readonly concurrencyPerTenant?: number | undefined;
  /** How often a job is run again when it fails, where it was enqueued without a number of its own. Default 3. */
  readonly retries?: number | undefined;
  /** Milliseconds until the first retry; each further pause is twice as long, up to a day. Default 5,000. */
  readonly backoffMs?: number | undefined;
  /**
   * Makes a job without data (`null`) for each active tenant at these times: minute, hour, day of the month, month, day of the
   * week, as cron does (`0 3 * * *`). One is not made while the one before waits. Default: never.
   */
  readonly cron?: string | undefined;
  /** In which `cron` is read: `Europe/Vienna`. Default `UTC`. */
  readonly timeZone?: string | undefined;
  /**
   * Milliseconds over which the jobs of `cron` are spread, so that not all tenants begin at once: each has its own delay, which stays
   * the same from time to time. At most a day. Default 0.
   */
  readonly jitterMs?: number | undefined;
}

/** What runs the jobs of one name. */
export interface JobHandler extends JobHandlerOptions {
  readonly name: string;
  /** When it throws, the job has failed, and is run again while it has retries left. It may be run more than once. */
  // biome-ignore lint/suspicious/noExplicitAny: the data is what was enqueued under this name, which only the app knows.
  readonly handle: (job: TenantJobRun<any>) => unknown;
}

const MAX_CONCURRENCY = 1_000;
const MAX_BACKOFF_MS = 86_400_000;
const MAX_JITTER_MS = 86_400_000;

const handlerOptionsSchema = z.strictObject({
  concurrency: z.int().min(1).max(MAX_CONCURRENCY).default(5),
  concurrencyPerTenant: z.int().min(1).max(MAX_CONCURRENCY).optional(),
  retries: retriesSchema.default(3),
  backoffMs: z.int().min(0).max(MAX_BACKOFF_MS).default(5_000),
  cron: z.string().optional(),
  timeZone: z.string().default('UTC'),
  jitterMs: z.int().min(0).max(MAX_JITTER_MS).default(0),
});

const handlerSchema = handlerOptionsSchema.extend({
  name: jobNameSchema,
  handle: z.custom<JobHandler['handle']>((value) => typeof value === 'function', 'expected a function'),
});

/** A handler with every default filled in. */
export type ParsedHandler = Readonly<
  Omit<z.output<typeof handlerSchema>, 'cron' | 'timeZone'> & { readonly schedule: Cron | undefined }
>;

/** @throws {OptionsInvalidError} when an option is wrong, or two handlers have the same name. */
export function parseHandlers(given: readonly JobHandler[]): ReadonlyMap<string, ParsedHandler> {
  const handlers = new Map<string, ParsedHandler>();
  for (const one of given) {
    const { cron, timeZone, ...handler } = parseOptions(`job ${one.name}`, handlerSchema, one);
    if (handlers.has(handler.name))
      throw new OptionsInvalidError('handlers', [
        { field: 'name', expected: `expected one handler for each name, got two for "${handler.name}"` },
      ]);
    handlers.set(handler.name, {
      ...handler,
      schedule: cron === undefined ? undefined : scheduleOf(handler.name, cron, timeZone),
    });
  }
  return handlers;
}

function scheduleOf(name: string, cron: string, timezone: string): Cron {
  try {
    const schedule = new Cron(cron, { timezone, paused: true, mode: '5-part' });
    // A time zone is looked up when it is needed.
    schedule.nextRun();
    return schedule;
  } catch (error) {
    throw new OptionsInvalidError(
      `job ${name}`,
      [
        {
          field: 'cron',
          expected: `expected a schedule such as 0 3 * * * in a known time zone, got "${cron}" in "${timezone}"`,
        },
      ],
      error,
    );
  }
}

/** Milliseconds until the next attempt, up to a fifth more by chance, so that jobs that failed together do not come together. */
export function pauseAfter(failures: number, { backoffMs }: Pick<ParsedHandler, 'backoffMs'>): number {
  const pause = Math.min(backoffMs * 2 ** (failures - 1), MAX_BACKOFF_MS);
  return Math.round(pause * (1 + Math.random() / 5));
}
