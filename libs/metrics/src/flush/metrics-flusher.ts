import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type Catalog, TenantContext } from '@rowhouse/core';
import type { MetricsCollector } from '../collector/metrics-collector.js';
import { batchesOf, type FlushBatch } from './flush-batch.js';
import { flushStatement } from './flush-statement.js';

/** How long the last flush may take when the app ends. Milliseconds. */
const LAST_FLUSH_MS = 5_000;

export interface MetricsFlusherOptions {
  readonly catalog: Pick<Catalog, 'query'>;
  readonly collector: MetricsCollector;
  /** Time between two flushes, give or take a tenth. Milliseconds. */
  readonly flushMs: number;
  /** Called when a flush has failed. It is sent again; at the end of the app its content is lost. It must not throw. */
  readonly onProblem: (error: unknown) => void;
}

/** What is flushed is of many requests; that of the first says nothing of it. Taken at load, outside of everything. */
const outsideAnyContext = TenantContext.capture();

/**
 * Adds what the collector has counted to the catalog, every few seconds and at the end. Each batch is applied exactly once, also when
 * the answer to it was lost. A process that is killed takes with it what it has counted since its last flush.
 */
export class MetricsFlusher {
  readonly #options: MetricsFlusherOptions;
  readonly #instance = randomUUID();
  #seq = 0;
  /** Batches that were not applied yet, as far as is known. They never change. */
  #pending: FlushBatch[] = [];
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> | undefined;
  #closed: Promise<void> | undefined;
  #failingSince: Date | undefined;

  constructor(options: MetricsFlusherOptions) {
    this.#options = options;
  }

  /** Since when nothing could be written; `undefined` when the last flush was. */
  get failingSince(): Date | undefined {
    return this.#failingSince;
  }

  /** Instances that start together do not flush together. */
  start(): void {
    this.#scheduleIn(Math.random() * this.#options.flushMs);
  }

  /**
   * Writes everything that was counted until now.
   *
   * @throws what the catalog throws; the same is written with the next flush.
   */
  async flush(): Promise<void> {
    // What is counted while one is under way is not in it.
    await this.#flushing?.catch(() => {});
    this.#flushing ??= this.#write().finally(() => {
      this.#flushing = undefined;
    });
    await this.#flushing;
  }

  /** Writes what is left, and nothing more. May be called twice. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const timeout = new AbortController();
    const tooLate = delay(LAST_FLUSH_MS, undefined, { signal: timeout.signal }).then(() => {
      throw new Error(`The last flush took longer than ${LAST_FLUSH_MS} ms.`);
    });
    await Promise.race([this.flush(), tooLate]).catch(this.#options.onProblem);
    timeout.abort();
    await tooLate.catch(() => {});
  }

  #scheduleIn(ms: number): void {
    this.#timer = setTimeout(() => outsideAnyContext(() => void this.#flushInTime()), ms).unref();
  }

  async #flushInTime(): Promise<void> {
    await this.flush().catch(this.#options.onProblem);
    if (!this.#closed) this.#scheduleIn(this.#options.flushMs * (0.9 + 0.2 * Math.random()));
  }

  async #write(): Promise<void> {
    try {
      await this.#takeAndSend();
      this.#failingSince = undefined;
    } catch (error) {
      this.#failingSince ??= new Date();
      throw error;
    }
  }

  async #takeAndSend(): Promise<void> {
    await this.#send();
    const { collector } = this.#options;
    const slow = await collector.takeSlowStatements();
    this.#pending = await batchesOf(collector.take(), slow, () => {
      this.#seq += 1;
      return this.#seq;
    });
    await this.#send();
  }

  async #send(): Promise<void> {
    for (let batch = this.#pending[0]; batch; batch = this.#pending[0]) {
      await this.#options.catalog.query(flushStatement(this.#instance, batch));
      this.#pending.shift();
    }
  }
}
