import { z } from 'zod';

const ms = z.int().min(1).max(86_400_000);

export const hookDeliverySchema = z.strictObject({
  /** How often to look for due events in case a notification was lost. Milliseconds; default 10,000. */
  pollMs: ms.default(10_000),
  /**
   * How long a delivery is leased to the process that took it. The lease is renewed while the hook runs. After a process was
   * killed, others wait this long before they deliver again. Milliseconds; default 60,000.
   */
  leaseMs: ms.default(60_000),
  /** How many hooks run at the same time in this process. Default 4. */
  concurrency: z.int().min(1).max(100).default(4),
  /** The pause after a hook's first failure for an event. It doubles with every further failure. Milliseconds; default 1,000. */
  backoffMs: ms.default(1_000),
  /** The longest pause. Milliseconds; default 300,000. */
  maxBackoffMs: ms.default(300_000),
  /** How long `close()` waits for hooks in progress. Milliseconds; default 10,000. */
  closeTimeoutMs: z.int().min(0).max(86_400_000).default(10_000),
  /** Names of hooks that were removed for good: their pending deliveries are deleted at start-up. */
  retired: z.array(z.string().min(1)).default([]),
});

/** How events are delivered to hooks. Every option has a default. */
export type HookDeliveryOptions = z.input<typeof hookDeliverySchema>;

/** Milliseconds to wait before the next attempt, after `attempts` failures. */
export function pauseAfter(
  attempts: number,
  { backoffMs, maxBackoffMs }: Pick<z.output<typeof hookDeliverySchema>, 'backoffMs' | 'maxBackoffMs'>,
): number {
  return Math.min(maxBackoffMs, backoffMs * 2 ** (attempts - 1));
}
