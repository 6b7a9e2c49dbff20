import type { Catalog } from '@rowhouse/core';
import { DueLoop, messageOf, pauseAfter } from '@rowhouse/core/internal';
import type { UsageSink } from '../sinks/usage-sink.js';
import { UsageSinkError } from '../usage-errors.js';
import { type LeasedBatch, SinkCursors } from './sink-cursors.js';

/** How often records are looked for in case a notification was lost. */
const POLL_MS = 10_000;
/** What is billed is never given up: after the last pause of the schedule, this one again and again. */
const LONGEST_PAUSE_MS = 8 * 3_600_000;
/** Shorter than a lease. Milliseconds. */
const ATTEMPT_MS = 45_000;

/**
 * Sends records to sinks: to each in their order, one batch at a time, each at least once. Any number of processes may run one: a batch is
 * leased to the process that sends it, and when that dies another takes it when the lease ends.
 */
export class UsageDelivery {
  readonly #cursors: SinkCursors;
  readonly #sinks: readonly UsageSink[];
  readonly #onProblem: (error: unknown) => void;
  readonly #loop: DueLoop;
  readonly #underWay = new Map<string, Promise<void>>();
  #added = false;

  /**
   * @param catalog - the caller closes it, after the delivery.
   * @param onProblem - called with what failed; it is tried again. It must not throw.
   */
  constructor(catalog: Catalog, sinks: readonly UsageSink[], onProblem: (error: unknown) => void) {
    this.#cursors = new SinkCursors(catalog);
    this.#sinks = sinks;
    this.#onProblem = onProblem;
    this.#loop = new DueLoop({
      catalog,
      channel: 'rowhouse_usage',
      pollMs: POLL_MS,
      takeDue: () => this.#takeDue(),
      onProblem,
    });
  }

  start(): void {
    if (this.#sinks.length > 0) this.#loop.start();
  }

  /** Begins nothing more, and waits for what is under way: an attempt of the sinks of this package takes at most 15 seconds. */
  async close(): Promise<void> {
    await this.#loop.close();
    await Promise.all(this.#underWay.values());
    void this.#loop.stopListening().catch(this.#onProblem);
  }

  async #takeDue(): Promise<number | undefined> {
    if (!this.#added) await this.#cursors.add(this.#sinks);
    this.#added = true;
    const free = this.#sinks.filter(({ name }) => !this.#underWay.has(name));
    // Asked before taking: what becomes due in between is taken, or costs one look more.
    const nextMs = await this.#cursors.msToNext(free);
    for (const batch of await this.#cursors.take(free)) this.#begin(batch);
    return nextMs;
  }

  #begin(batch: LeasedBatch): void {
    const work = this.#deliver(batch)
      // What came of it could not be written: when the lease ends, the batch is due again.
      .catch(this.#onProblem)
      .finally(() => {
        this.#underWay.delete(batch.sink);
        this.#loop.wake();
      });
    this.#underWay.set(batch.sink, work);
  }

  async #deliver(batch: LeasedBatch): Promise<void> {
    const sink = this.#sinks.find(({ name }) => name === batch.sink);
    const records = await this.#cursors.recordsOf(batch);
    try {
      await sink?.send(
        { id: `${batch.from}-${batch.to}`, records },
        { signal: AbortSignal.timeout(ATTEMPT_MS) },
      );
    } catch (error) {
      this.#onProblem(error);
      const retryAfter = error instanceof UsageSinkError ? error.retryAfter : undefined;
      const pauseMs = pauseAfter(batch.attempt, retryAfter) ?? LONGEST_PAUSE_MS;
      await this.#cursors.failed(batch, messageOf(error), pauseMs);
      return;
    }
    await this.#cursors.sent(batch);
  }
}
