import { type Patience, waitAtMost } from './deadline.js';
import type { TurnCallback } from './fair-queue.js';

/** A pool, as far as a budget goes. */
export interface BudgetedPool {
  /** Connections open. */
  readonly totalCount: number;
  readonly idleCount: number;
  /** When a connection was last asked of it; in milliseconds of any clock. */
  readonly usedAt: number;
  /** Closes one connection that is not in use, and answers when it is closed. */
  closeOneIdle(): Promise<void>;
}

interface Waiter {
  readonly pool: BudgetedPool;
  readonly begin: TurnCallback;
  readonly stopWaiting: () => void;
}

/**
 * A number of connections that several pools share. A pool asks before it opens one; where there is none left, the pool
 * that was not used for the longest time gives up one of its idle connections. What is in use is never closed.
 */
export class ConnectionBudget {
  readonly #max: number;
  readonly #pools = new Set<BudgetedPool>();
  readonly #waiters = new Set<Waiter>();
  /** Connections that are being closed: they count until the server has let them go. */
  #closing = 0;

  constructor(max: number) {
    this.#max = max;
  }

  /** Connections open, those being closed included. */
  get open(): number {
    let sum = this.#closing;
    for (const pool of this.#pools) sum += pool.totalCount;
    return sum;
  }

  get waiting(): number {
    return this.#waiters.size;
  }

  add(pool: BudgetedPool): void {
    this.#pools.add(pool);
  }

  remove(pool: BudgetedPool): void {
    this.#pools.delete(pool);
  }

  /** Calls `begin` when the pool may open a connection, or has one again; it must be taken within the call. */
  reserve(pool: BudgetedPool, begin: TurnCallback, patience: Patience): void {
    if (this.open < this.#max && this.#waiters.size === 0) {
      begin();
      return;
    }
    const endWait = waitAtMost(patience, (why) => {
      waiter.stopWaiting();
      begin(why);
    });
    const waiter: Waiter = {
      pool,
      begin,
      stopWaiting: () => {
        endWait();
        this.#waiters.delete(waiter);
      },
    };
    this.#waiters.add(waiter);
    this.freed();
  }

  /** To be called whenever a connection has become idle or was closed: somebody may be waiting for one. */
  freed(): void {
    for (const waiter of this.#waiters) {
      if (this.open >= this.#max && waiter.pool.idleCount === 0) continue;
      waiter.stopWaiting();
      waiter.begin();
    }
    // One that is being closed will be somebody's: no more are closed than are waited for.
    while (this.#waiters.size > this.#closing) {
      const victim = this.#leastRecentlyUsedIdle();
      if (!victim) return;
      this.#closing += 1;
      void victim.closeOneIdle().finally(() => {
        this.#closing -= 1;
        this.freed();
      });
    }
  }

  #leastRecentlyUsedIdle(): BudgetedPool | undefined {
    let oldest: BudgetedPool | undefined;
    for (const pool of this.#pools)
      if (pool.idleCount > 0 && (!oldest || pool.usedAt < oldest.usedAt)) oldest = pool;
    return oldest;
  }
}
