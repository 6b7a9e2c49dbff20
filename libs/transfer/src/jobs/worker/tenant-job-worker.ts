import { type Catalog, TenantContext, withLogIds } from '@rowhouse/core';
import { HANDLED_EVERY_MS, parseOptions, Signal, TENANT_CHANGE_CHANNEL } from '@rowhouse/core/internal';
import type { DataSourceRegistry } from '@rowhouse/typeorm';
import { z } from 'zod';
import { endsWithin } from '../ends-within.js';
import { JobsNeedOwnerError } from '../errors.js';
import type { UnhandledJobs } from '../job.js';
import { JOBS_CHANNEL, JobLedger } from '../job-ledger.js';
import { OutboxRelay } from '../outbox/outbox-relay.js';
import { type JobHandler, type ParsedHandler, parseHandlers, pauseAfter } from './job-handler.js';
import { JobQueue, type LeasedJob } from './job-queue.js';
import { JobStoppedError, RunningJobs } from './running-jobs.js';

/** How a process works on jobs. */
export interface JobWorkOptions {
  /**
   * Milliseconds after which another process takes over the jobs of one that has died. The lease is renewed three times within.
   * Default 30,000, at least 100.
   */
  readonly leaseMs?: number | undefined;
  /** Milliseconds between looks for jobs whose time has come; new ones are notified. Default 1,000. */
  readonly pollMs?: number | undefined;
  /**
   * Milliseconds that `close()` waits for running jobs before it aborts their signals, and once more after that. Default 10,000.
   */
  readonly closeTimeoutMs?: number | undefined;
  /** How many days jobs are kept that have ended. Default 7. */
  readonly keepDays?: number | undefined;
}

/**
 * An error, and the job that it belongs to. With a tenant alone, the jobs that it enqueued in its own database could not be moved;
 * without one, the catalog could not be asked.
 */
export interface JobProblem {
  readonly error: unknown;
  readonly name?: string;
  readonly jobId?: string;
  readonly tenantId?: string;
}

export interface TenantJobWorkerOptions extends JobWorkOptions {
  /** It must connect as the login that owns the catalog, past any pooler. The caller closes it, after the worker. */
  readonly catalog: Catalog;
  /** With the login that owns the homes: jobs that were enqueued in the databases of tenants are moved from there. */
  readonly registry: DataSourceRegistry;
  readonly handlers: readonly JobHandler[];
  /**
   * Called for each failure of a job, when the catalog cannot be asked, and once when the database of a tenant cannot be; what failed
   * is tried again. It must not throw.
   */
  readonly onProblem: (problem: JobProblem) => void;
  /** Called when jobs were removed that belonged to nobody any more, because their tenants were purged. It must not throw. */
  readonly onDropped?: (jobs: number) => void;
  /** Called every ten minutes while jobs wait under names that no worker handles, this one or another. It must not throw. */
  readonly onUnhandled?: (jobs: readonly UnhandledJobs[]) => void;
}

export const workOptionsSchema = z.strictObject({
  leaseMs: z.int().min(100).max(3_600_000).default(30_000),
  pollMs: z.int().min(10).max(60_000).default(1_000),
  closeTimeoutMs: z.int().min(0).max(3_600_000).default(10_000),
  keepDays: z.int().min(0).max(3_650).default(7),
});

const RENEWALS_PER_LEASE = 3;

/**
 * Runs the jobs of tenants. Any number of processes may: each job is leased to one of them, and no transaction is open while it runs.
 * When a process dies, others take over its jobs after the leases end, so a handler may see a job more than once.
 *
 * Tenants take turns: however many jobs one of them has, the next of another is among the next to be started. Jobs of tenants that are
 * not active wait until those are.
 */
export class TenantJobWorker {
  readonly #handlers: ReadonlyMap<string, ParsedHandler>;
  readonly #settings: z.output<typeof workOptionsSchema>;
  readonly #catalog: Catalog;
  readonly #queue: JobQueue;
  readonly #relay: OutboxRelay;
  readonly #onProblem: TenantJobWorkerOptions['onProblem'];
  readonly #onDropped: (jobs: number) => void;
  readonly #onUnhandled: (jobs: readonly UnhandledJobs[]) => void;
  readonly #signal = new Signal();
  readonly #running = new RunningJobs();
  /** Of `performance.now()`, by the name of the handler. */
  readonly #fanOutAt = new Map<string, number>();
  #work: Promise<void> | undefined;
  #listening: Promise<() => Promise<void>> | undefined;
  #renewal: NodeJS.Timeout | undefined;
  #isRenewing = false;
  #mustRenewAgain = false;
  #sweptAt = 0;
  #isClosing = false;
  #isClosed = false;

  /** @throws {OptionsInvalidError} when an option is wrong, or two handlers have the same name. */
  constructor({
    catalog,
    registry,
    handlers,
    onProblem,
    onDropped = () => {},
    onUnhandled = () => {},
    ...work
  }: TenantJobWorkerOptions) {
    this.#handlers = parseHandlers(handlers);
    this.#settings = parseOptions('TenantJobWorker', workOptionsSchema, work);
    this.#catalog = catalog;
    this.#queue = new JobQueue(catalog, this.#settings.leaseMs);
    this.#relay = new OutboxRelay({ catalog, registry, pollMs: this.#settings.pollMs, onProblem });
    this.#onProblem = onProblem;
    this.#onDropped = onDropped;
    this.#onUnhandled = onUnhandled;
  }

  /**
   * Starts to take jobs. The catalog must be migrated.
   *
   * @throws {JobsNeedOwnerError} when the catalog is reached by a login that does not own it.
   */
  async start(): Promise<void> {
    if (this.#work) throw new Error('This TenantJobWorker is started already.');
    if (this.#handlers.size === 0) return;
    if (!(await this.#queue.isOurs())) throw new JobsNeedOwnerError();
    await this.#queue.register([...this.#handlers.keys()]);
    this.#renewal = setInterval(
      () => void this.#renew(),
      Math.ceil(this.#settings.leaseMs / RENEWALS_PER_LEASE),
    );
    this.#work = this.#takeUntilClosed();
    this.#relay.start();
  }

  /**
   * Stops taking jobs and waits for those that run. After `closeTimeoutMs` their signals are aborted; those that end then are run
   * again at once, by another process, and the others when their leases end.
   */
  async close(): Promise<void> {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#signal.call();
    const relayed = this.#relay.close();
    await this.#work;
    const { closeTimeoutMs } = this.#settings;
    if (!(await endsWithin(closeTimeoutMs, this.#running.ended()))) {
      this.#running.stopAll();
      await endsWithin(closeTimeoutMs, this.#running.ended());
    }
    await endsWithin(closeTimeoutMs, relayed);
    this.#isClosed = true;
    clearInterval(this.#renewal);
    // Until the catalog answers, it may still be subscribing.
    const stopped = [this.#listening?.then((stop) => stop?.()), this.#relay.stopListening()];
    await endsWithin(
      closeTimeoutMs,
      Promise.allSettled(stopped).then(() => {}),
    );
  }

  async #takeUntilClosed(): Promise<void> {
    while (!this.#isClosing) {
      this.#listen();
      await this.#sweep();
      await this.#takeDue();
      await this.#signal.within(this.#settings.pollMs);
    }
  }

  /** Subscribes once; the catalog reconnects by itself. Until it has subscribed, and if it cannot, polling finds the jobs. */
  #listen(): void {
    if (this.#listening) return;
    const wake = () => this.#signal.call();
    const lost = (error: unknown) => this.#onProblem({ error });
    const missed = () => {
      wake();
      void this.#renew();
    };
    // Anybody may notify: the catalog says what is true.
    const askIfRunning = (matches: (job: LeasedJob) => boolean) => {
      if (this.#running.has(matches)) void this.#renew();
    };
    const subscriptions = [
      this.#catalog.listen(JOBS_CHANNEL, {
        notified: (id) => {
          askIfRunning((job) => job.id === id);
          wake();
        },
        missed,
        lost,
      }),
      this.#catalog.listen(TENANT_CHANGE_CHANNEL, {
        notified: (id) => askIfRunning(({ tenant }) => tenant.id === id),
        missed,
        lost: () => {},
      }),
    ];
    const stop = async () => {
      for (const result of await Promise.allSettled(subscriptions))
        if (result.status === 'fulfilled') await result.value();
    };
    this.#listening = Promise.all(subscriptions).then(() => {
      // What was sent before this went unheard.
      missed();
      return stop;
    });
    this.#listening.catch(async (error: unknown) => {
      await stop().catch(() => {});
      this.#listening = undefined;
      this.#onProblem({ error });
    });
  }

  /** Makes jobs of schedules, and starts jobs that are due. */
  async #takeDue(): Promise<void> {
    try {
      for (const handler of this.#handlers.values()) await this.#fanOut(handler);
      const free = [...this.#handlers.values()].filter((handler) => this.#roomFor(handler) > 0);
      const due = free.length === 0 ? [] : await this.#queue.due(free.map(({ name }) => name));
      for (const handler of free) if (due.includes(handler.name)) await this.#take(handler);
    } catch (error) {
      this.#onProblem({ error });
    }
  }

  async #fanOut(handler: ParsedHandler): Promise<void> {
    if (!handler.schedule || performance.now() < (this.#fanOutAt.get(handler.name) ?? 0)) return;
    const waitMs = await this.#queue.fanOut(handler.name, handler.schedule, handler.jitterMs);
    this.#fanOutAt.set(handler.name, performance.now() + waitMs);
  }

  #roomFor({ name, concurrency }: ParsedHandler): number {
    return concurrency - this.#running.countOf(name);
  }

  async #take(handler: ParsedHandler): Promise<void> {
    if (this.#isClosing) return;
    const leasedUntil = performance.now() + this.#settings.leaseMs;
    for (const job of await this.#queue.claim(handler, this.#roomFor(handler)))
      this.#running.begin(job, leasedUntil, async (signal) => {
        // The result could not be stored: when the lease ends, the job is due again.
        await this.#run(job, handler, signal).catch((error: unknown) => this.#report(job, error));
        this.#signal.call();
      });
  }

  async #run(job: LeasedJob, handler: ParsedHandler, signal: AbortSignal): Promise<void> {
    const { tenant, data, attempt, id } = job;
    try {
      const run = { data, tenant, signal, attempt, jobId: id };
      await withLogIds({ jobId: id }, () =>
        TenantContext.run(tenant, async () => handler.handle(run), { signal }),
      );
    } catch (error) {
      const isStored = await this.#failed(job, handler, error, signal);
      if (!isStored) this.#report(job, new JobStoppedError('lost'));
      return;
    }
    // close() did not wait any longer, or another process may have it: that runs it again.
    if (!this.#isClosed && !(await this.#queue.completed(job)))
      this.#report(job, new JobStoppedError('lost'));
  }

  /** @returns whether the job was still ours. */
  async #failed(
    job: LeasedJob,
    handler: ParsedHandler,
    error: unknown,
    { aborted, reason }: AbortSignal,
  ): Promise<boolean> {
    if (this.#isClosed) return true;
    const stopped = aborted && reason instanceof JobStoppedError ? reason.reason : undefined;
    if (stopped === 'lost') return false;
    if (stopped === 'cancelled') return this.#queue.cancelled(job);
    if (stopped === 'shutdown') return this.#queue.released(job);
    this.#report(job, error);
    if (job.attempt > (job.retries ?? handler.retries)) return this.#queue.failed(job, error);
    return this.#queue.retried(job, error, pauseAfter(job.attempt, handler));
  }

  async #renew(): Promise<void> {
    if (this.#isClosed) return;
    this.#running.stopOverdue();
    if (this.#isRenewing) {
      this.#mustRenewAgain = true;
      return;
    }
    this.#isRenewing = true;
    this.#mustRenewAgain = false;
    try {
      const jobs = this.#running.jobs;
      const leasedUntil = performance.now() + this.#settings.leaseMs;
      if (jobs.length > 0) this.#running.renewed(jobs, await this.#queue.renew(jobs), leasedUntil);
      if (!this.#isClosing && (await this.#queue.takeBackLost()) > 0) this.#signal.call();
    } catch (error) {
      this.#onProblem({ error });
    } finally {
      this.#isRenewing = false;
    }
    if (this.#mustRenewAgain) await this.#renew();
  }

  async #sweep(): Promise<void> {
    if (Date.now() - this.#sweptAt < HANDLED_EVERY_MS) return;
    this.#sweptAt = Date.now();
    try {
      const dropped = await this.#queue.sweep(this.#settings.keepDays);
      if (dropped > 0) this.#onDropped(dropped);
      await this.#queue.register([...this.#handlers.keys()]);
      const unhandled = await new JobLedger(this.#catalog).unhandled();
      if (unhandled.length > 0) this.#onUnhandled(unhandled);
    } catch (error) {
      this.#onProblem({ error });
    }
  }

  #report({ name, id, tenant }: LeasedJob, error: unknown): void {
    this.#onProblem({ error, name, jobId: id, tenantId: tenant.id });
  }
}
