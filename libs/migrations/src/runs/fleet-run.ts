import { setTimeout as delay } from 'node:timers/promises';
import type { Catalog } from '@rowhouse/core';
import { counted, messageOf, workThrough } from '@rowhouse/core/internal';
import { MigrationFailedError } from '../errors.js';
import { type Change, type History, remainderFor } from '../homes/history.js';
import type { Home } from '../homes/home.js';
import type { HomeMigrator } from '../migrate/home-migrator.js';
import { HistoryChangedError, isPassing } from '../migrate/migration-errors.js';
import { failedStatementIn } from '../recording/failed-statement.js';
import { MaintenanceWindow } from './maintenance-window.js';
import type { RunHome, RunLedger } from './run-ledger.js';
import {
  type HomeResult,
  INTERRUPTED,
  type ParsedRunOptions,
  type RunProgress,
  type RunState,
} from './run-types.js';

/** How to stop a run, and where to report its progress. */
export interface RunControl {
  /** Stops the run: no further home is started, and those in progress are finished. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: RunProgress) => void) | undefined;
}

export interface FleetRunParts {
  readonly catalog: Catalog;
  readonly runs: RunLedger;
  readonly migrator: HomeMigrator;
}

export interface FleetRunOptions {
  readonly id: string;
  readonly direction: 'up' | 'down';
  readonly options: ParsedRunOptions;
  /** All of the run's homes that are not done yet. */
  readonly homes: readonly RunHome[];
  /** Their histories, by hash. */
  readonly histories: ReadonlyMap<string, History>;
  /** The counts of homes when this process took over the run. */
  readonly before: Readonly<Record<HomeResult['state'], number>>;
}

/** Homes that are worked on together. */
interface Group {
  readonly homes: readonly RunHome[];
  /** What all of them get in one transaction; `undefined` for one that gets its change by itself. */
  readonly change: Change | undefined;
}

/** How often to check whether another process has requested a cancel. */
const CANCEL_POLL_MS = 500;
/** A run pauses in the middle of a wave only after this many failures. */
const MIN_FAILURES_TO_PAUSE = 10;
/** After its history has changed this often, another process is migrating the home, and this run reports it as failed. */
const MAX_REREADS = 5;

/** Works through the homes of one run, wave by wave. */
export class FleetRun {
  readonly #parts: FleetRunParts;
  readonly #run: FleetRunOptions;
  readonly #control: RunControl;
  readonly #window: MaintenanceWindow;
  readonly #startedAt = performance.now();
  readonly #counts: Record<HomeResult['state'], number>;
  #finishedHere = 0;
  #wave = 0;
  #isCancelled = false;

  constructor(parts: FleetRunParts, run: FleetRunOptions, control: RunControl) {
    this.#parts = parts;
    this.#run = run;
    this.#control = control;
    this.#window = new MaintenanceWindow(parts.catalog, run.id);
    this.#counts = { ...run.before };
  }

  /** @returns how the run ended. The result of each home is in the catalog. */
  async work(): Promise<{ state: RunState; message: string | undefined }> {
    const stopPolling = this.#pollForCancel();
    try {
      for (const wave of [...new Set(this.#run.homes.map((home) => home.wave))].sort((a, b) => a - b)) {
        this.#wave = wave;
        this.#report('running');
        const stopped = await this.#workWave(this.#run.homes.filter((home) => home.wave === wave));
        if (stopped) return stopped;
      }
    } finally {
      stopPolling();
    }
    return this.#counts.failed > 0
      ? { state: 'failed', message: `${this.#counts.failed} of ${counted(this.#total, 'home')} failed.` }
      : { state: 'succeeded', message: undefined };
  }

  async #workWave(homes: readonly RunHome[]): Promise<{ state: RunState; message: string } | undefined> {
    const failedBefore = this.#counts.failed;
    const allowed = this.#run.options.maxFailureRate * homes.length;
    const failures = () => this.#counts.failed - failedBefore;
    const mustPause = () => failures() >= MIN_FAILURES_TO_PAUSE && failures() > allowed;

    const { concurrency } = this.#run.options;
    const isOver = () => this.#isStopped() || mustPause();
    await workThrough(this.#inGroups(homes), { concurrency, isOver }, async ({ homes: group, change }) => {
      if (change && (await this.#workTogether(group, change))) return;
      for (const home of group) if (!isOver()) await this.#workHome(home);
    });

    if (this.#isStopped()) {
      // An interrupted run is paused, so that another process may finish it. A cancelled run has ended.
      return this.#isCancelled
        ? {
            state: 'cancelled',
            message: 'Cancelled. Migrated homes stay migrated; `resume` continues the run.',
          }
        : { state: 'paused', message: INTERRUPTED };
    }
    const isLast = this.#counts.pending === 0;
    if (isLast || failures() <= allowed) {
      if (this.#wave === 0 && failures() > 0)
        return {
          state: 'paused',
          message: 'The shared tables could not be migrated, so no tenant was migrated.',
        };
      return undefined;
    }
    return {
      state: 'paused',
      message: `${failures()} of ${counted(homes.length, 'home')} of wave ${this.#wave} failed, more than ${this.#run.options.maxFailureRate * 100} %. Fix the cause, then \`retry\`.`,
    };
  }

  /** Neighbours that get the same change, as many as may share a transaction at that moment. */
  *#inGroups(homes: readonly RunHome[]): Generator<Group> {
    for (let at = 0; at < homes.length; ) {
      const group = this.#groupAt(homes, at);
      at += group.homes.length;
      yield group;
    }
  }

  #groupAt(homes: readonly RunHome[], at: number): Group {
    const alone = { homes: homes.slice(at, at + 1), change: undefined };
    const [first] = alone.homes;
    const { maintenance, scripts } = this.#run.options;
    const change = first && this.#changeOf(first);
    if (!change || change.names.length === 0 || maintenance || !scripts) return alone;
    const names = String(first.names);
    const near = homes.slice(at, at + this.#parts.migrator.groupSize(first.home, change));
    const end = near.findIndex((one) => one.history !== first.history || String(one.names) !== names);
    const group = end < 0 ? near : near.slice(0, end);
    return group.length > 1 ? { homes: group, change } : alone;
  }

  /** What is left of a home's change, by the history that the catalog has of it; `undefined` when that is not known. */
  #changeOf({ history, names }: RunHome): Change | undefined {
    const known = this.#run.histories.get(history ?? '');
    return known && remainderFor(known, { direction: this.#run.direction, names });
  }

  /** @returns false when the homes have to be migrated one by one. */
  async #workTogether(group: readonly RunHome[], change: Change): Promise<boolean> {
    const startedAt = performance.now();
    const homes = group.map(({ home }) => home);
    const isDone = await this.#parts.migrator.migrateTogether(homes, change, {
      lockTimeoutMs: this.#run.options.lockTimeoutMs,
      alongside: [this.#parts.runs.doneStatement(this.#run.id, homes, 1, change.names)],
    });
    if (!isDone) return false;
    const durationMs = (performance.now() - startedAt) / group.length;
    for (const one of group) this.#finished(one, { state: 'done', attempts: 1, durationMs });
    return true;
  }

  async #workHome(runHome: RunHome): Promise<void> {
    const { home, names, history } = runHome;
    const startedAt = performance.now();
    const attempts = { made: 0 };
    let result: Pick<HomeResult, 'state' | 'error'>;
    try {
      const ran = await this.#migrate(home, names, this.#run.histories.get(history ?? ''), attempts);
      if (!ran) await this.#parts.runs.skip(this.#run.id, home);
      result = { state: ran ? 'done' : 'skipped' };
    } catch (error) {
      // One that was only busy is left for whoever continues the run.
      if (this.#isStopped() && isPassing(error)) return;
      const statement = error instanceof MigrationFailedError ? undefined : failedStatementIn(error);
      const message = `${messageOf(error)}${statement ? ` (${statement})` : ''}`;
      await this.#parts.runs.fail(this.#run.id, home, attempts.made, message, performance.now() - startedAt);
      result = { state: 'failed', error: message };
    }
    this.#finished(runHome, {
      ...result,
      attempts: attempts.made,
      durationMs: performance.now() - startedAt,
    });
  }

  #finished(
    { home, names, wave }: RunHome,
    result: Pick<HomeResult, 'state' | 'error' | 'attempts' | 'durationMs'>,
  ): void {
    this.#counts[result.state] += 1;
    this.#counts.pending -= 1;
    this.#finishedHere += 1;
    this.#report('running', { label: home.label, names, wave, ...result });
  }

  /** @returns false when nothing was left to do. */
  async #migrate(
    home: Home,
    names: readonly string[],
    known: History | undefined,
    attempts: { made: number },
  ): Promise<boolean> {
    const { options } = this.#run;
    let history = known;
    let rereads = 0;
    if (options.maintenance) await this.#window.begin(home);
    try {
      for (;;) {
        history ??= await this.#parts.migrator.readHistory(home);
        const change = remainderFor(history, { direction: this.#run.direction, names });
        if (change.names.length === 0) return await this.#nothingLeft(home);
        attempts.made += 1;
        try {
          await this.#attempt(home, change, attempts.made);
          return true;
        } catch (error) {
          if (error instanceof HistoryChangedError && ++rereads <= MAX_REREADS) {
            history = undefined;
            continue;
          }
          if (!isPassing(error) || attempts.made > options.retries || this.#isStopped()) throw error;
          // Exponential backoff with jitter.
          await delay(options.lockTimeoutMs * 0.1 * 2 ** attempts.made * (0.5 + Math.random()));
        }
      }
    } catch (error) {
      if (options.maintenance) await this.#endWindow(home);
      throw error;
    }
  }

  async #attempt(home: Home, change: Change, attempt: number): Promise<void> {
    const { id, options } = this.#run;
    await this.#parts.migrator.migrate(home, change, {
      lockTimeoutMs: options.lockTimeoutMs,
      useScripts: options.scripts,
      alongside: [
        ...(options.maintenance ? this.#window.endStatements(home) : []),
        this.#parts.runs.doneStatement(id, [home], attempt, change.names),
      ],
    });
  }

  async #nothingLeft(home: Home): Promise<false> {
    if (this.#run.options.maintenance) await this.#endWindow(home);
    return false;
  }

  #endWindow(home: Home): Promise<void> {
    return this.#parts.catalog.run(this.#window.endStatements(home));
  }

  #isStopped(): boolean {
    return this.#isCancelled || this.#control.signal?.aborted === true;
  }

  #pollForCancel(): () => void {
    let isOver = false;
    const over = new AbortController();
    const poll = async () => {
      while (!isOver) {
        await delay(CANCEL_POLL_MS, undefined, { signal: over.signal, ref: false }).catch(() => {});
        if (!isOver) this.#isCancelled ||= await this.#parts.runs.isCancelRequested(this.#run.id);
      }
    };
    // A failed check does not cancel the run. If the catalog is down, the homes' own queries fail too.
    poll().catch(() => {});
    return () => {
      isOver = true;
      over.abort();
    };
  }

  get #total(): number {
    const { pending, done, failed, skipped } = this.#counts;
    return pending + done + failed + skipped;
  }

  #report(state: RunState, home?: HomeResult): void {
    const { onProgress } = this.#control;
    if (!onProgress) return;
    const seconds = (performance.now() - this.#startedAt) / 1_000;
    const perSecond = this.#finishedHere / Math.max(seconds, 0.001);
    onProgress({
      runId: this.#run.id,
      state,
      wave: this.#wave,
      waves: Math.max(...this.#run.homes.map((one) => one.wave)),
      total: this.#total,
      ...this.#counts,
      perSecond,
      etaSeconds: perSecond > 0 ? this.#counts.pending / perSecond : undefined,
      ...(home && { home }),
    });
  }
}
