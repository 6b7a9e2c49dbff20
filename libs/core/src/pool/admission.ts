import { TenantPoolExhaustedError } from '../errors.js';
import type { EffectivePlans } from '../plans/effective-plan.js';
import type { Tenant } from '../tenant.js';
import type { BudgetedPool, ConnectionBudget } from './connection-budget.js';
import { DiscardAllowance } from './discard-allowance.js';
import { FairQueue, type Refusal, type Share, type TurnStats } from './fair-queue.js';

/** A connection costs server and app some milliseconds of CPU, so this is a few per cent of a core. */
const DISCARDS_PER_SECOND = 10;

/** A request for a connection. */
export interface ConnectionRequest {
  /** The key of its pin: the tenant's id; the empty string for the system. */
  readonly key: string;
  /** Left out for the system and for owners: they have no limits of their own. */
  readonly tenant?: Tenant | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface AdmissionOptions {
  /** Connections of the pool. */
  readonly max: number;
  readonly plans: EffectivePlans;
  /** How long a request waits; 0 for ever. */
  readonly timeoutMs: number;
  /** Whether the pool serves one tenant only. */
  readonly isExclusive: boolean;
  readonly budget: ConnectionBudget | undefined;
  /** How well the connection that has become free suits a key; the highest number is best. */
  readonly suits: ((key: string) => number) | undefined;
}

/**
 * Decides when a request may take a connection of one pool: when its turn has come, and a connection is idle or may be
 * opened within the budget that the pool shares with others.
 */
export class Admission {
  readonly #options: AdmissionOptions;
  readonly #queue: FairQueue;
  readonly #allowance = new DiscardAllowance();
  #refused = 0;
  #timedOut = 0;

  constructor(options: AdmissionOptions) {
    this.#options = options;
    this.#queue = new FairQueue(options.max, (key) => this.#allowance.holdMs(key), options.suits);
  }

  get active(): number {
    return this.#queue.active;
  }

  get waiting(): number {
    return this.#queue.waiting;
  }

  get stats(): { refused: number; timedOut: number; tenants: ReadonlyMap<string, TurnStats> } {
    return { refused: this.#refused, timedOut: this.#timedOut, tenants: this.#queue.stats() };
  }

  /**
   * Calls `proceed` without an argument when a connection of `pool` may be taken, which must happen within that call; or
   * with an error when the request gets none.
   */
  enter(request: ConnectionRequest, pool: BudgetedPool, proceed: (error?: Error) => void): void {
    const { budget, timeoutMs } = this.#options;
    const { key, signal } = request;
    const turn = { timeoutMs, signal };
    this.#queue.enter(
      key,
      this.#shareOf(request),
      (refusal) => {
        if (refusal) return proceed(this.#errorOf(refusal, signal));
        if (!budget || pool.idleCount > 0) return proceed();
        budget.reserve(
          pool,
          (unaffordable) => {
            if (!unaffordable) return proceed();
            this.leave(key);
            proceed(this.#errorOf(unaffordable, signal));
          },
          turn,
        );
      },
      turn,
    );
  }

  /** As of the `TenantPool`. */
  throttle(connections: ReadonlyMap<string, number>): void {
    this.#queue.throttle(connections);
  }

  /** Must be called when the connection is idle again, or closed. */
  leave(key: string): void {
    this.#queue.leave(key);
    this.#options.budget?.freed();
  }

  /** Must be called when a connection is closed because of what its lease did. */
  discarded({ key, tenant }: ConnectionRequest): void {
    if (!tenant) return;
    const { discardsPerSecond = DISCARDS_PER_SECOND } = this.#options.plans.limitsOf(tenant);
    this.#allowance.spend(key, discardsPerSecond);
  }

  /** Counts a request that ran into its time limit, and makes its error. */
  timeoutError(cause?: Error): TenantPoolExhaustedError {
    this.#timedOut += 1;
    return new TenantPoolExhaustedError(
      `No database connection became free within ${this.#options.timeoutMs} ms. Raise the pool's max or the tenant's ` +
        'pool.limits.concurrency, find what holds connections, or what leaves something on them so that they are closed.',
      cause,
    );
  }

  #shareOf({ tenant }: ConnectionRequest): Share {
    const { max, plans, isExclusive } = this.#options;
    if (!tenant) return { concurrency: max, queue: Number.POSITIVE_INFINITY };
    const { concurrency = isExclusive ? max : undefined, queue = 100 * max } = plans.limitsOf(tenant);
    return { concurrency, queue };
  }

  #errorOf(refusal: Refusal, signal: AbortSignal | undefined): Error {
    if (refusal === 'aborted') return signal?.reason as Error;
    if (refusal === 'timeout') return this.timeoutError();
    this.#refused += 1;
    return new TenantPoolExhaustedError(
      'Too many requests of this tenant wait for a database connection. Raise pool.limits.queue, or find what keeps its connections.',
    );
  }
}
