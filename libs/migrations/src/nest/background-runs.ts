import {
  type BeforeApplicationShutdown,
  Injectable,
  Logger,
  ServiceUnavailableException,
} from '@nestjs/common';
import { FleetMigrations, type StartOptions } from '../runs/fleet-migrations.js';
import type { RunControl } from '../runs/fleet-run.js';
import type { RunProgress, RunReport } from '../runs/run-types.js';

/** Runs that go on in this process after the request that began them was answered. */
@Injectable()
export class BackgroundRuns implements BeforeApplicationShutdown {
  readonly #logger = new Logger(BackgroundRuns.name);
  readonly #shutdown = new AbortController();
  readonly #underWay = new Map<string, Promise<unknown>>();
  readonly #progress = new Map<string, RunProgress>();

  constructor(private readonly migrations: FleetMigrations) {}

  /** Aborted when the application shuts down. */
  get signal(): AbortSignal {
    return this.#shutdown.signal;
  }

  /** How far a run is that this process works on. */
  progressOf(id: string): RunProgress | undefined {
    return this.#progress.get(id);
  }

  /**
   * A run as the catalog knows it.
   *
   * @throws {MigrationRunNotFoundError}
   */
  async reportOf(id: string): Promise<RunReport> {
    const report = await this.migrations.get(id);
    // A run stands in the catalog a moment before the lock is taken that others see its life by.
    const isLive = report.isLive || (report.state === 'running' && this.#underWay.has(id));
    return { ...report, isLive };
  }

  /** @throws {MigrationConflictError} and the like, as {@link FleetMigrations.start}. */
  async start(options: StartOptions): Promise<RunReport> {
    const { report, finished } = await this.migrations.start(options, this.#control());
    if (report.id !== undefined && !this.#underWay.has(report.id)) this.#watch(finished, report.id);
    return report;
  }

  resume(id: string): Promise<RunReport> {
    return this.#takeUp(id, (control) => this.migrations.resume(id, control));
  }

  retry(id: string): Promise<RunReport> {
    return this.#takeUp(id, (control) => this.migrations.retry(id, control));
  }

  /** Begins no further home, and waits for those under way. The runs can be resumed. */
  async beforeApplicationShutdown(): Promise<void> {
    this.#shutdown.abort();
    await Promise.allSettled(this.#underWay.values());
  }

  /** Answers when the run is taken up, by its first sign of progress, or when it is refused. */
  async #takeUp(id: string, work: (control: RunControl) => Promise<RunReport>): Promise<RunReport> {
    let begin = () => {};
    const begun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    const finished = work(this.#control(begin));
    await Promise.race([begun, finished]);
    this.#watch(finished, id);
    return this.reportOf(id);
  }

  #control(onFirstProgress?: () => void): RunControl {
    if (this.signal.aborted) throw new ServiceUnavailableException('This process is shutting down.');
    return {
      signal: this.signal,
      onProgress: ({ home: _, ...progress }) => {
        this.#progress.set(progress.runId, progress);
        onFirstProgress?.();
      },
    };
  }

  #watch(finished: Promise<RunReport>, id: string): void {
    const watched = finished
      .catch((error: unknown) => this.#logger.error(`The run ${id} broke off; it can be resumed.`, error))
      .finally(() => {
        this.#underWay.delete(id);
        this.#progress.delete(id);
      });
    this.#underWay.set(id, watched);
  }
}
