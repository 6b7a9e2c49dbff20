import type { LeasedJob } from './job-queue.js';

/** Why a running job was stopped. */
export type StopReason = 'cancelled' | 'lost' | 'shutdown';

/** The reason of a job's signal. */
export class JobStoppedError extends Error {
  override readonly name = 'AbortError';
  readonly reason: StopReason;
  constructor(reason: StopReason) {
    super(MESSAGES[reason]);
    this.reason = reason;
  }
}

const MESSAGES: Readonly<Record<StopReason, string>> = {
  cancelled: 'The job was cancelled, or its tenant is being purged.',
  lost: 'The lease of the job could not be renewed in time, so that another process may run it.',
  shutdown: 'This process shuts down; the job will be run again.',
};

interface RunningJob {
  readonly job: LeasedJob;
  readonly abort: AbortController;
  readonly done: Promise<void>;
  /** Of this process's clock: until then nobody else takes it. */
  leasedUntil: number;
}

/** The jobs that this process is running. */
export class RunningJobs {
  readonly #jobs = new Map<string, RunningJob>();
  readonly #counts = new Map<string, number>();

  /** @param leasedUntil - of `performance.now()`. */
  begin(job: LeasedJob, leasedUntil: number, run: (signal: AbortSignal) => Promise<void>): void {
    const abort = new AbortController();
    this.#count(job.name, 1);
    const done = run(abort.signal).finally(() => {
      this.#jobs.delete(job.lease);
      this.#count(job.name, -1);
    });
    this.#jobs.set(job.lease, { job, abort, done, leasedUntil });
  }

  countOf(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  get jobs(): readonly LeasedJob[] {
    return this.#running.map(({ job }) => job);
  }

  /** The jobs that are still ours, by id, with whether each is to be cancelled; the others among those asked for are lost. */
  renewed(asked: readonly LeasedJob[], ours: ReadonlyMap<string, boolean>, leasedUntil: number): void {
    for (const { id, lease } of asked) {
      const running = this.#jobs.get(lease);
      if (!running) continue;
      const isCancelled = ours.get(id);
      if (isCancelled === undefined) stop(running, 'lost');
      else running.leasedUntil = leasedUntil;
      if (isCancelled) stop(running, 'cancelled');
    }
  }

  /** Stops those whose lease may be over, since it could not be renewed. */
  stopOverdue(): void {
    const now = performance.now();
    for (const running of this.#running) if (now >= running.leasedUntil) stop(running, 'lost');
  }

  has(matches: (job: LeasedJob) => boolean): boolean {
    return this.jobs.some(matches);
  }

  stopAll(): void {
    for (const running of this.#running) stop(running, 'shutdown');
  }

  /** Resolves when all have ended. */
  async ended(): Promise<void> {
    await Promise.all(this.#running.map(({ done }) => done));
  }

  get #running(): readonly RunningJob[] {
    return [...this.#jobs.values()];
  }

  #count(name: string, by: number): void {
    this.#counts.set(name, this.countOf(name) + by);
  }
}

/** The first reason stays. */
function stop({ abort }: RunningJob, reason: StopReason): void {
  if (!abort.signal.aborted) abort.abort(new JobStoppedError(reason));
}
