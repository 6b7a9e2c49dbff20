import { lockKeyOf, Signal, whileHeld, workThrough } from '@rowhouse/core/internal';
import { MIGRATED_STATUSES } from '@rowhouse/migrations/internal';
import { BackupConflictError, BackupDamagedError } from '../../errors.js';
import { findUnlessGone } from '../find-unless-gone.js';
import type { TenantBackups } from '../tenant-backups.js';
import { type DueTask, DueTasks } from './due-tasks.js';

const LOOK_EVERY_MS = 30_000;

/** What failed in the background; it is tried again. */
export interface BackupProblem {
  readonly error: unknown;
  readonly did: 'backup' | 'prove' | 'prune' | 'schedule';
  /** Slug of the tenant, where it is of one. */
  readonly tenant?: string;
  /** Id of the backup that could not be proven. */
  readonly backup?: string;
}

export interface BackupRunnerOptions {
  /** Called for every failure. It must not throw. */
  readonly onProblem: (problem: BackupProblem) => void;
}

export interface DueReport {
  /** Slugs of tenants that were backed up. */
  readonly backedUp: readonly string[];
  /** Ids of backups that were proven. */
  readonly proven: readonly string[];
  /** Ids of backups that were removed. */
  readonly removed: readonly string[];
  readonly problems: readonly BackupProblem[];
}

/**
 * Backs tenants up when their time has come, proves and prunes backups. Any number of processes may run one: each task is done by one of
 * them, and after a crash by another. What was due while none ran is done once.
 *
 *     const runner = new BackupRunner(backups, { onProblem: ({ error, tenant }) => logger.error(error, tenant) });
 *     runner.start();
 *     …
 *     await runner.close();
 */
export class BackupRunner {
  readonly #backups: TenantBackups;
  readonly #onProblem: BackupRunnerOptions['onProblem'];
  readonly #tasks: DueTasks;
  readonly #stop = new AbortController();
  readonly #signal = new Signal();
  #work: Promise<void> | undefined;

  constructor(backups: TenantBackups, { onProblem }: BackupRunnerOptions) {
    this.#backups = backups;
    this.#onProblem = onProblem;
    this.#tasks = new DueTasks(backups.parts.fleet.deployment.catalog, backups.settings);
  }

  /** Looks for due tasks twice a minute, until {@link close}. */
  start(): void {
    this.#work ??= this.#runUntilClosed();
  }

  /** Stops what is under way; other processes, or this one when it starts again, do it anew. */
  async close(): Promise<void> {
    this.#stop.abort(new Error('The process is shutting down.'));
    this.#signal.call();
    await this.#work;
  }

  /** Does what is due now, and resolves when all of it has ended. */
  async runDue({
    signal,
    now = new Date(),
  }: {
    readonly signal?: AbortSignal | undefined;
    readonly now?: Date;
  } = {}): Promise<DueReport> {
    const run = new DueRun(this.#backups, this.#tasks, now, this.#onProblem, signal);
    await run.run();
    return run;
  }

  async #runUntilClosed(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await this.runDue({ signal }).catch((error: unknown) => {
        if (!signal.aborted) this.#onProblem({ error, did: 'schedule' });
      });
      await this.#signal.within(LOOK_EVERY_MS);
    }
  }
}

/** `later`: it stays due, because somebody else is at work on the same backups, or it was stopped. */
type Outcome = 'done' | 'failed' | 'later';

/** One look at what is due, and the work on it. */
class DueRun implements DueReport {
  readonly backedUp: string[] = [];
  readonly proven: string[] = [];
  readonly removed: string[] = [];
  readonly problems: BackupProblem[] = [];

  constructor(
    private readonly backups: TenantBackups,
    private readonly tasks: DueTasks,
    private readonly now: Date,
    private readonly onProblem: (problem: BackupProblem) => void,
    private readonly signal: AbortSignal | undefined,
  ) {}

  async run(): Promise<void> {
    await this.tasks.update(this.now);
    const { concurrency } = this.backups.settings;
    await workThrough(this.#due(), { concurrency, isOver: () => this.signal?.aborted ?? false }, (task) =>
      this.#do(task),
    );
  }

  async *#due(): AsyncGenerator<DueTask> {
    const seen: string[] = [];
    for (;;) {
      const tasks = await this.tasks.due(this.now, seen);
      if (tasks.length === 0) return;
      seen.push(...tasks.map(({ task }) => task));
      yield* tasks;
    }
  }

  /** Who has the lock does it; the others find that it is no longer due. */
  async #do(task: DueTask): Promise<void> {
    const { catalog } = this.backups.parts.fleet.deployment;
    await catalog.whileLocked(lockKeyOf('backup', `task ${task.task}`), async (lost) => {
      const { signal } = whileHeld({ signal: this.signal }, lost);
      if (!(await this.tasks.isDue(task, this.now))) return;
      const outcome = await this.#attempt(task, signal);
      if (outcome === 'done') await this.tasks.done(task, this.now);
      if (outcome === 'failed') await this.tasks.failed(task, this.now);
    });
  }

  #attempt(task: DueTask, signal: AbortSignal | undefined): Promise<Outcome> {
    if (task.tenantId !== null) return this.#backUp(task.tenantId, signal);
    return task.task === 'prove' ? this.#prove(signal) : this.#prune(signal);
  }

  async #backUp(tenantId: string, signal: AbortSignal | undefined): Promise<Outcome> {
    const tenant = await findUnlessGone(this.backups.parts.fleet, tenantId);
    if (!tenant || !MIGRATED_STATUSES.some((status) => status === tenant.status)) return 'done';
    return this.#reporting({ did: 'backup', tenant: tenant.slug }, signal, async () => {
      await this.backups.backup(tenant, { signal }, 'scheduled');
      this.backedUp.push(tenant.slug);
    });
  }

  /** One that fails does not keep it from the others; it is proven the next time. */
  #prove(signal: AbortSignal | undefined): Promise<Outcome> {
    return this.#reporting({ did: 'prove' }, signal, async () => {
      for (const backup of await this.backups.parts.records.unproven()) {
        if (signal?.aborted) return;
        await this.#reporting({ did: 'prove', backup }, signal, async () => {
          await this.backups.prove(backup, { signal });
          this.proven.push(backup);
        });
      }
    });
  }

  #prune(signal: AbortSignal | undefined): Promise<Outcome> {
    return this.#reporting({ did: 'prune' }, signal, async () => {
      const { removed, missing, failed } = await this.backups.prune({}, { signal });
      this.removed.push(...removed);
      for (const key of missing)
        this.#report({
          did: 'prune',
          error: new BackupDamagedError(`The file ${key} is not in the storage.`),
        });
      for (const { error } of failed) this.#report({ did: 'prune', error: new Error(error) });
    });
  }

  async #reporting(
    problem: Omit<BackupProblem, 'error'>,
    signal: AbortSignal | undefined,
    work: () => Promise<void>,
  ): Promise<Outcome> {
    try {
      await work();
      return 'done';
    } catch (error) {
      if (signal?.aborted || error instanceof BackupConflictError) return 'later';
      this.#report({ ...problem, error });
      return 'failed';
    }
  }

  #report(problem: BackupProblem): void {
    this.problems.push(problem);
    this.onProblem(problem);
  }
}
