import { type Catalog, OptionsInvalidError } from '@rowhouse/core';
import { parseOptions, Signal } from '@rowhouse/core/internal';
import type { z } from 'zod';
import { type Delivery, EventOutbox, type HookStats } from './event-outbox.js';
import { type HookDeliveryOptions, hookDeliverySchema, pauseAfter } from './hook-dispatcher-options.js';
import { parseEvent, type TenantEvent } from './tenant-event.js';

/** A lease is renewed so many times before it would end. */
const RENEWALS_PER_LEASE = 3;

/** Is called for what happens to tenants. */
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
  /** Stays the caller's to close, after the dispatcher. */
  readonly catalog: Catalog;
  readonly hooks: readonly TenantHook[];
  readonly delivery?: HookDeliveryOptions;
  /** Called for every failure; what has failed is tried again. Must not throw. */
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
  readonly #catalog: Catalog;
  readonly #outbox: EventOutbox;
  readonly #signal = new Signal();
  readonly #underWay = new Set<Promise<void>>();
  #work: Promise<void> | undefined;
  #stopListening: (() => Promise<void>) | undefined;
  #isClosing = false;
  #isClosed = false;

  /**
   * @throws {OptionsInvalidError} when an option is wrong, or two hooks have one name.
   */
  constructor({ catalog, hooks, delivery = {}, onProblem }: HookDispatcherOptions) {
    this.#hooks = new Map(hooks.map((hook) => [hook.name, hook]));
    this.#names = [...this.#hooks.keys()];
    if (this.#names.length < hooks.length)
      throw new OptionsInvalidError('HookDispatcher', [
        {
          field: 'hooks',
          expected: `expected a name of its own for each of ${hooks.map(({ name }) => name).join(', ')}`,
        },
      ]);
    this.#settings = parseOptions('HookDispatcher', hookDeliverySchema, delivery);
    this.#onProblem = onProblem;
    this.#catalog = catalog;
    this.#outbox = new EventOutbox(catalog);
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
    await this.#stopListening?.();
  }

  async #deliverUntilClosed(): Promise<void> {
    while (!this.#isClosing) {
      await this.#listen();
      const idleMs = await this.#takeDue();
      await this.#signal.within(idleMs);
    }
  }

  /** Once it listens, a lost connection is made again without it. Events are found by looking as well. */
  async #listen(): Promise<void> {
    if (this.#stopListening) return;
    const wake = () => this.#signal.call();
    try {
      this.#stopListening = await this.#catalog.listen('rowhouse_events', {
        notified: wake,
        missed: wake,
        lost: (error) => this.#onProblem({ error }),
      });
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
      .catch((error: unknown) => this.#report(delivery, error))
      .finally(() => {
        this.#underWay.delete(work);
        this.#signal.call();
      });
    this.#underWay.add(work);
  }

  async #deliver(delivery: Delivery): Promise<void> {
    const failure = await this.#callHook(delivery);
    if (failure) this.#report(delivery, failure.error);
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
      .catch((error: unknown) => this.#report(delivery, error));
  }

  #report({ hook, event }: Delivery, error: unknown): void {
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
