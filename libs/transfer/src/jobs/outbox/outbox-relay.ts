import type { Catalog } from '@rowhouse/core';
import { DueLoop } from '@rowhouse/core/internal';
import type { DataSourceRegistry } from '@rowhouse/typeorm';
import { moveJobs } from './move-jobs.js';
import { type OutboxLease, OutboxLeaseLostError, OutboxQueue } from './outbox-queue.js';

export interface OutboxRelayOptions {
  readonly catalog: Catalog;
  readonly registry: DataSourceRegistry;
  readonly pollMs: number;
  /** Without a tenant, the catalog could not be asked. */
  readonly onProblem: (problem: { readonly error: unknown; readonly tenantId?: string }) => void;
}

/** Outboxes that are looked at at once. Half of them at most have failed before, so that those whose database is away hold up none. */
const LOOKS = 8;
const FAILING_LOOKS = LOOKS / 2;
/** Longer than a look waits for a database between two renewals. */
const LEASE_MS = 30_000;

/** The channel on which the catalog is told of transactions that may leave jobs in an outbox. */
const OUTBOX_CHANNEL = 'rowhouse_job_outboxes';

/**
 * Moves jobs from the outboxes of tenants with a database of their own to the catalog. Any number of processes may. Only databases
 * are looked at in which a transaction has begun to enqueue jobs since the last look.
 */
export class OutboxRelay {
  readonly #registry: DataSourceRegistry;
  readonly #onProblem: OutboxRelayOptions['onProblem'];
  readonly #queue: OutboxQueue;
  readonly #loop: DueLoop;
  readonly #looks = new Map<OutboxLease, Promise<void>>();
  #isClosing = false;

  constructor({ catalog, registry, pollMs, onProblem }: OutboxRelayOptions) {
    this.#registry = registry;
    this.#onProblem = onProblem;
    this.#queue = new OutboxQueue(catalog, LEASE_MS);
    this.#loop = new DueLoop({
      catalog,
      channel: OUTBOX_CHANNEL,
      pollMs,
      takeDue: () => this.#takeDue(),
      onProblem: (error) => onProblem({ error }),
    });
  }

  start(): void {
    this.#loop.start();
  }

  /** Answers when the looks that are under way have ended, after the batch that they are at. */
  async close(): Promise<void> {
    this.#isClosing = true;
    await this.#loop.close();
    await Promise.all(this.#looks.values());
  }

  /** After {@link close}. It may still be connecting, and nothing depends on it. */
  stopListening(): Promise<void> {
    return this.#loop.stopListening();
  }

  async #takeDue(): Promise<number | undefined> {
    const failing = [...this.#looks.keys()].filter(({ failures }) => failures > 0).length;
    const free = LOOKS - this.#looks.size;
    if (free === 0 || this.#isClosing) return undefined;
    for (const held of await this.#queue.claim(free, Math.max(0, FAILING_LOOKS - failing))) {
      const look = this.#look(held).finally(() => {
        this.#looks.delete(held);
        this.#loop.wake();
      });
      this.#looks.set(held, look);
    }
    return this.#queue.nextMs();
  }

  async #look(held: OutboxLease): Promise<void> {
    try {
      await moveJobs(this.#queue, this.#registry, held, () => this.#isClosing);
    } catch (error) {
      if (error instanceof OutboxLeaseLostError) return;
      // Once, until a look has come to its end again.
      if (held.failures === 0) this.#report(error, held.tenant.id);
      // Otherwise the next look is when the lease ends.
      await this.#queue.failed(held).catch((reason: unknown) => this.#report(reason));
    }
  }

  /** After a close, the next process looks. */
  #report(error: unknown, tenantId?: string): void {
    if (!this.#isClosing) this.#onProblem({ error, ...(tenantId && { tenantId }) });
  }
}
