import { LRUCache } from 'lru-cache';

/** How many seconds' worth of discards may come at once. */
const BURST_SECONDS = 10;

/** Tenants that discarded a connection lately. */
const MAX_KEPT = 10_000;

interface Allowance {
  readonly perSecond: number;
  readonly left: number;
  /** Milliseconds, when `left` was right. */
  readonly at: number;
}

/**
 * How fast each key may use up connections: one whose leases leave something behind, so that their connections are
 * closed, makes the pool open new ones, at a cost to the server and to everybody. A key that has used up its allowance is
 * held until there is some again.
 */
export class DiscardAllowance {
  readonly #now: () => number;
  readonly #kept = new LRUCache<string, Allowance>({ max: MAX_KEPT });

  /** @param now - milliseconds. */
  constructor(now = () => performance.now()) {
    this.#now = now;
  }

  spend(key: string, perSecond: number): void {
    const left = this.#left(key) ?? BURST_SECONDS * perSecond;
    this.#kept.set(key, { perSecond, left: left - 1, at: this.#now() });
  }

  /** Milliseconds until the key may have another connection; 0 for now. */
  holdMs(key: string): number {
    const left = this.#left(key);
    if (left === undefined || left >= 0) return 0;
    const { perSecond } = this.#kept.get(key) as Allowance;
    return Math.ceil((-left / perSecond) * 1_000);
  }

  #left(key: string): number | undefined {
    const allowance = this.#kept.get(key);
    if (!allowance) return undefined;
    const { perSecond, left, at } = allowance;
    return Math.min(BURST_SECONDS * perSecond, left + ((this.#now() - at) / 1_000) * perSecond);
  }
}
