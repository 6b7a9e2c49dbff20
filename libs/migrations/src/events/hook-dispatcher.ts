import pg from 'pg';
import type { z } from 'zod';
import { EventBell } from './event-bell.js';
import { type Delivery, EventOutbox, type HookStats } from './event-outbox.js';
import { type HookDeliveryOptions, hookDeliverySchema, pauseAfter } from './hook-dispatcher-options.js';
import { Signal } from './signal.js';
import { parseEvent, type TenantEvent } from './tenant-event.js';

/** For taking, renewing and settling deliveries; all are short. */
const CONNECTIONS = 2;

/** A lease is renewed so many times before it would end. */
const RENEWALS_PER_LEASE = 3;

/** Hears of tenants. */
export interface TenantHook {
  /** Unique in the catalog, and the same in each release: what waits for a hook waits for this name. */
  readonly name: string;
  /** When it throws, it is called again for the same event, later. */
  handle(event: TenantEvent): unknown;
}

/** What went wrong, and for which delivery. Without one, the catalog did not answer. */
export interface DeliveryProblem {
  readonly error: unknown;
  readonly hook?: string;
  readonly eventId?: string;
}

export interface HookDispatcherOptions {
  /** URL of the catalog's database that leads to PostgreSQL itself. */
  readonly catalogUrl: string;
  readonly ssl?: pg.ClientConfig['ssl'];
  readonly hooks: readonly TenantHook[];
  readonly delivery?: HookDeliveryOptions;
  /** Told of every failure; what has failed is tried again. Must not throw. */
  readonly onProblem: (problem: DeliveryProblem) => void;
}

/**
 * Delivers the events of tenants to hooks, each at least once, and those of one tenant to one hook in order.
 *
 * An event is written in the transaction of the change that it tells of, and with it a delivery for each hook that the
 * catalog knows. Any number of processes take deliveries, each for the time of a lease; no transaction is open while a
 * hook runs. A process that dies leaves its deliveries to the others when their leases end. A hook that fails is called
 * again after a pause, without end; later events of the tenant wait for it, those of other tenants do not.
 */
export class HookDispatcher {
  readonly #hooks: ReadonlyMap<string, TenantHook>;
  readonly #names: readonly string[];
  readonly #settings: z.output<typeof hookDeliverySchema>;
  readonly #onProblem: HookDispatcherOptions['onProblem'];
  readonly #pool: pg.Pool;
  readonly #outbox: EventOutbox;
  readonly #bell: EventBell;
  readonly #signal = new Signal();
  readonly #underWay = new Set<Promise<void>>();
  #work: Promise<void> | undefined;
  #isClosing = false;
  #isClosed = false;

  /**
   * @throws {TypeError} when two hooks have one name.
   * @throws {z.ZodError} when an option is wrong.
   */
  constructor({ catalogUrl, ssl, hooks, delivery = {}, onProblem }: HookDispatcherOptions) {
    this.#hooks = new Map(hooks.map((hook) => [hook.name, hook]));
    this.#names = [...this.#hooks.keys()];
    if (this.#names.length < hooks.length)
      throw new TypeError(`Two hooks have one name: ${hooks.map(({ name }) => name).join(', ')}.`);
    this.#settings = Object.freeze(hookDeliverySchema.parse(delivery));
    this.#onProblem = onProblem;
    this.#pool = new pg.Pool({
      connectionString: catalogUrl,
      ssl,
      max: CONNECTIONS,
      application_name: 'rowhouse-hooks',
    });
    // An idle connection that breaks is replaced; without a listener the event would end the process.
    this.#pool.on('error', (error) => {
      if (!this.#isClosed) onProblem({ error });
    });
    this.#outbox = new EventOutbox(this.#pool);
    this.#bell = new EventBell({
      directUrl: catalogUrl,
      ssl,
      onRing: () => this.#signal.call(),
      onLost: (error) => {
        onProblem({ error });
        this.#signal.call();
      },
    });
  }

  /**
   * Makes the hooks known to the catalog and begins to deliver. A hook that is new hears of what happens from now on.
   *
   * @throws what `pg` throws, when the catalog cannot be reached.
   */
  async start(): Promise<void> {
    if (this.#work) throw new Error('This HookDispatcher is started already.');
    const { retired } = this.#settings;
    if (retired.length > 0) await this.#outbox.retire(retired);
    if (this.#names.length === 0) return;
    await this.#outbox.register(this.#names);
    this.#work = this.#deliverUntilClosed();
  }

  /** What waits for each hook that the catalog knows, also for those that this process does not have. */
  stats(): Promise<readonly HookStats[]> {
    return this.#outbox.stats();
  }

  /** Takes nothing more, and waits for hooks under way. Those that take too long are left; another process calls them again. */
  async close(): Promise<void> {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#signal.call();
    await this.#work;
    await settledWithin(this.#settings.closeTimeoutMs, [...this.#underWay]);
    this.#isClosed = true;
    await this.#bell.close();
    await this.#pool.end();
  }

  async #deliverUntilClosed(): Promise<void> {
    while (!this.#isClosing) {
      await this.#listen();
      const idleMs = await this.#takeDue();
      await this.#signal.within(idleMs);
    }
  }

  async #listen(): Promise<void> {
    try {
      await this.#bell.listen();
    } catch (error) {
      this.#onProblem({ error });
    }
  }

  /** Begins what is due. @returns how many milliseconds nothing more will be, unless something happens. */
  async #takeDue(): Promise<number> {
    const { concurrency, leaseMs, pollMs } = this.#settings;
    const free = concurrency - this.#underWay.size;
    if (free === 0) return pollMs;
    try {
      // Asked before taking: what falls due in between is taken, or at worst looked for once in vain.
      const nextMs = await this.#outbox.msToNext(this.#names);
      const taken = await this.#outbox.take(this.#names, free, leaseMs);
      for (const delivery of taken) this.#begin(delivery);
      return Math.min(pollMs, Math.ceil(nextMs ?? pollMs) + 1);
    } catch (error) {
      this.#onProblem({ error });
      return pollMs;
    }
  }

  #begin(delivery: Delivery): void {
    const work = this.#deliver(delivery)
      // It could not be settled: its lease ends, and it is due again.
      .catch((error: unknown) => this.#tell(delivery, error))
      .finally(() => {
        this.#underWay.delete(work);
        this.#signal.call();
      });
    this.#underWay.add(work);
  }

  async #deliver(delivery: Delivery): Promise<void> {
    const failure = await this.#callHook(delivery);
    if (failure) this.#tell(delivery, failure.error);
    // It was given up, and belongs to whoever takes it next.
    if (this.#isClosed) return;
    if (!failure) return this.#outbox.delivered(delivery);
    const pauseMs = pauseAfter(delivery.attempt, this.#settings);
    return this.#outbox.failed(delivery, failure.error, pauseMs);
  }

  async #callHook(delivery: Delivery): Promise<{ readonly error: unknown } | undefined> {
    const renewal = setInterval(
      () => this.#renew(delivery),
      Math.max(1, this.#settings.leaseMs / RENEWALS_PER_LEASE),
    ).unref();
    try {
      await (this.#hooks.get(delivery.hook) as TenantHook).handle(parseEvent(delivery.event));
      return undefined;
    } catch (error) {
      return { error };
    } finally {
      clearInterval(renewal);
    }
  }

  #renew(delivery: Delivery): void {
    if (this.#isClosed) return;
    this.#outbox
      .renew(delivery, this.#settings.leaseMs)
      .catch((error: unknown) => this.#tell(delivery, error));
  }

  #tell({ hook, event }: Delivery, error: unknown): void {
    this.#onProblem({ error, hook, eventId: event.id });
  }
}

async function settledWithin(ms: number, work: readonly Promise<void>[]): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([Promise.all(work), timeout]);
  clearTimeout(timer);
}
