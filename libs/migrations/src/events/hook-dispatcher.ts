import { type Catalog, OptionsInvalidError } from '@rowhouse/core';
import { DueLoop, parseOptions } from '@rowhouse/core/internal';
import type { z } from 'zod';
import { type Delivery, EventOutbox, type HookStats } from './event-outbox.js';
import { type HookDeliveryOptions, hookDeliverySchema, pauseAfter } from './hook-dispatcher-options.js';
import { parseEvent, type TenantEvent } from './tenant-event.js';

/** How often a lease is renewed within its duration. */
const RENEWALS_PER_LEASE = 3;

/** A function that is called for every change of a tenant. */
export interface TenantHook {
  /** Unique in the catalog, and the same in every release: pending deliveries refer to the hook by this name. */
  readonly name: string;
  /** If it throws, it is called again later for the same event. */
  handle(event: TenantEvent): unknown;
}

/** An error, and the delivery that it belongs to. Without `hook` and `eventId` the catalog could not be queried. */
export interface DeliveryProblem {
  readonly error: unknown;
  readonly hook?: string;
  readonly eventId?: string;
}

export interface HookDispatcherOptions {
  /** The caller closes it, after the dispatcher. */
  readonly catalog: Catalog;
  readonly hooks: readonly TenantHook[];
  readonly delivery?: HookDeliveryOptions;
  /** Called for every failure; what failed is tried again. It must not throw. */
  readonly onProblem: (problem: DeliveryProblem) => void;
}

/**
 * Delivers the events of tenants to hooks: every event at least once, and the events of one tenant to one hook in order.
 *
 * The transaction that changes a tenant also writes the event, and one delivery for each registered hook (an outbox). Any
 * number of processes can take deliveries. Each delivery is leased, and no transaction is open while a hook runs. When a
 * process dies, other processes take over its deliveries after the leases end. A hook that fails is called again after a
 * pause, without a limit. Later events of the same tenant wait for it; events of other tenants do not.
 */
export class HookDispatcher {
  readonly #hooks: ReadonlyMap<string, TenantHook>;
  readonly #names: readonly string[];
  readonly #settings: z.output<typeof hookDeliverySchema>;
  readonly #onProblem: HookDispatcherOptions['onProblem'];
  readonly #outbox: EventOutbox;
  readonly #loop: DueLoop;
  readonly #underWay = new Set<Promise<void>>();
  #isClosing = false;
  #isClosed = false;

  /**
   * @throws {OptionsInvalidError} when an option is wrong, or two hooks have the same name.
   */
  constructor({ catalog, hooks, delivery = {}, onProblem }: HookDispatcherOptions) {
    this.#hooks = new Map(hooks.map((hook) => [hook.name, hook]));
    this.#names = [...this.#hooks.keys()];
    if (this.#names.length < hooks.length)
      throw new OptionsInvalidError('HookDispatcher', [
        {
          field: 'hooks',
          expected: `expected different names, got ${hooks.map(({ name }) => name).join(', ')}`,
        },
      ]);
    this.#settings = parseOptions('HookDispatcher', hookDeliverySchema, delivery);
    this.#onProblem = onProblem;
    this.#outbox = new EventOutbox(catalog);
    this.#loop = new DueLoop({
      catalog,
      channel: 'rowhouse_events',
      pollMs: this.#settings.pollMs,
      takeDue: () => this.#takeDue(),
      onProblem: (error) => onProblem({ error }),
    });
  }

  /**
   * Registers the hooks in the catalog and starts to deliver. A new hook gets the events that are written from now on.
   *
   * @throws the error of `pg` when the catalog cannot be reached.
   */
  async start(): Promise<void> {
    if (this.#loop.isStarted) throw new Error('This HookDispatcher is started already.');
    const { retired } = this.#settings;
    if (retired.length > 0) await this.#outbox.retire(retired);
    if (this.#names.length === 0) return;
    await this.#outbox.register(this.#names);
    this.#loop.start();
  }

  /** The pending deliveries of every registered hook, including hooks that this process does not have. */
  stats(): Promise<readonly HookStats[]> {
    return this.#outbox.stats();
  }

  /** Stops taking deliveries and waits for hooks in progress, up to `closeTimeoutMs`. Another process calls unfinished hooks again. */
  async close(): Promise<void> {
    if (this.#isClosing) return;
    this.#isClosing = true;
    await this.#loop.close();
    await settledWithin(this.#settings.closeTimeoutMs, [...this.#underWay]);
    this.#isClosed = true;
    await settledWithin(this.#settings.closeTimeoutMs, [this.#loop.stopListening()]);
  }

  /** Starts the deliveries that are due. @returns how many milliseconds until the next is. */
  async #takeDue(): Promise<number | undefined> {
    const { concurrency, leaseMs } = this.#settings;
    const free = concurrency - this.#underWay.size;
    if (free === 0) return undefined;
    // Query this before taking: a delivery that becomes due in between is taken, or costs one unnecessary look.
    const nextMs = await this.#outbox.msToNext(this.#names);
    if (this.#isClosing) return undefined;
    const taken = await this.#outbox.take(this.#names, free, leaseMs);
    for (const delivery of taken) this.#begin(delivery);
    return nextMs;
  }

  #begin(delivery: Delivery): void {
    const work = this.#deliver(delivery)
      // The result could not be stored: when the lease ends, the delivery is due again.
      .catch((error: unknown) => this.#report(delivery, error))
      .finally(() => {
        this.#underWay.delete(work);
        this.#loop.wake();
      });
    this.#underWay.add(work);
  }

  async #deliver(delivery: Delivery): Promise<void> {
    const failure = await this.#callHook(delivery);
    if (failure) this.#report(delivery, failure.error);
    // close() did not wait any longer, so another process delivers it again.
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

async function settledWithin(ms: number, work: readonly Promise<unknown>[]): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([Promise.all(work), timeout]);
  clearTimeout(timer);
}
