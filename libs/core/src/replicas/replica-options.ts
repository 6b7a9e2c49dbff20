import { z } from 'zod';

/** When reads go to replicas. */
export interface ReplicaOptions {
  /**
   * A read sees all that was committed up to this many milliseconds before it, on whatever instance. A replica that is further behind is
   * left out. Default 10,000; at least twice `checkEveryMs`.
   */
  readonly maxLagMs?: number;
  /** How often the primary and its replicas are asked where they are, in milliseconds. Default 500. */
  readonly checkEveryMs?: number;
}

export const replicaOptionsSchema = z
  .strictObject({
    maxLagMs: z.int().positive().default(10_000),
    checkEveryMs: z.int().min(50).default(500),
  })
  .refine(({ maxLagMs, checkEveryMs }) => maxLagMs >= 2 * checkEveryMs, {
    path: ['maxLagMs'],
    message: 'expected at least twice checkEveryMs',
  });
