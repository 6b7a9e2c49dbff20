import { z } from 'zod';

const ms = z.int().min(1).max(86_400_000);

export const hookDeliverySchema = z.strictObject({
  /** How often to look for events that no notification told of. Milliseconds; default 10,000. */
  pollMs: ms.default(10_000),
  /**
   * For how long a delivery belongs to the process that has taken it; renewed while the hook runs. So long others wait
   * after a process was killed. Milliseconds; default 60,000.
   */
  leaseMs: ms.default(60_000),
  /** Hooks that run at a time in this process. Default 4. */
  concurrency: z.int().min(1).max(100).default(4),
  /** The pause after a hook's first failure for an event, doubled with each further one. Milliseconds; default 1,000. */
  backoffMs: ms.default(1_000),
  /** No pause is longer. Milliseconds; default 300,000. */
  maxBackoffMs: ms.default(300_000),
  /** How long a shutdown waits for hooks under way. Milliseconds; default 10,000. */
  closeTimeoutMs: z.int().min(0).max(86_400_000).default(10_000),
  /** Names of hooks that this and all later releases have no more: what waits for them is thrown away at start-up. */
  retired: z.array(z.string().min(1)).default([]),
});

/** How events reach hooks. Everything has a default. */
export type HookDeliveryOptions = z.input<typeof hookDeliverySchema>;

/** The pause before the next attempt, after so many. */
export function pauseAfter(
  attempts: number,
  { backoffMs, maxBackoffMs }: Pick<z.output<typeof hookDeliverySchema>, 'backoffMs' | 'maxBackoffMs'>,
): number {
  return Math.min(maxBackoffMs, backoffMs * 2 ** (attempts - 1));
}
