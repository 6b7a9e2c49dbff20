import { type TurnCallback, type WaitOptions, waitAtMost } from './fair-queue.js';

/** The part of a pool that a budget uses. */
export interface BudgetedPool {
  /** Connections open. */
  readonly totalCount: number;
  readonly idleCount: number;
  /** When the last connection was requested, in milliseconds. All pools of a budget use one clock. */
  readonly usedAt: number;
  /** Closes one connection that is not in use. Resolves when it is closed. */
  closeOneIdle(): Promise<void>;
}

interface Waiter {
  readonly pool: BudgetedPool;
  readonly begin: TurnCallback;
  readonly stopWaiting: () => void;
}

/**
 * A number of connections that several pools share. A pool reserves one before it opens it. When none is left, the pool
 * that was not used for the longest time closes one of its idle connections. Connections in use are never closed.
 */
export class ConnectionBudget {
  readonly #max: number;
  readonly #pools = new Set<BudgetedPool>();
  readonly #waiters = new Set<Waiter>();
  /** Connections that are being closed: they count until the server has closed them. */
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

  /** Calls `begin` when the pool may open a connection or has an idle one. It must be taken within that call. */
  reserve(pool: BudgetedPool, begin: TurnCallback, options: WaitOptions): void {
    if (this.open < this.#max && this.#waiters.size === 0) {
      begin();
      return;
    }
    const endWait = waitAtMost(options, (why) => {
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

  /** Must be called whenever a connection has become idle or was closed, because a request may wait for it. */
  freed(): void {
    for (const waiter of this.#waiters) {
      if (this.open >= this.#max && waiter.pool.idleCount === 0) continue;
      waiter.stopWaiting();
      waiter.begin();
    }
    // Each connection that is being closed will serve one waiting request, so no more are closed than are waited for.
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
