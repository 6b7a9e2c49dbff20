import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Tenant } from '@rowhouse/core';
import { isElsewhere, lockKeyOf, parseOptions, whileHeld } from '@rowhouse/core/internal';
import { MigrationConflictError, MigrationRunNotFoundError } from '../errors.js';
import type { FleetDeployment } from '../fleet/fleet-deployment.js';
import { type Goal, hashOf } from '../homes/history.js';
import { migrationsOf } from '../homes/home.js';
import { type Selection, selectionSchema } from '../homes/selection.js';
import type { HomeMigrator } from '../migrate/home-migrator.js';
import { FleetRun, type FleetRunOptions, type RunControl } from './fleet-run.js';
import { fleetStatus } from './fleet-status.js';
import { type PlannedHome, Planner } from './planner.js';
import { type RunHome, RunLedger } from './run-ledger.js';
import {
  type FleetStatus,
  type HomeResult,
  type ParsedRunOptions,
  type Plan,
  type RevertOptions,
  type RunOptions,
  type RunReport,
  type RunWave,
  revertOptionsSchema,
  type VerifyReport,
} from './run-types.js';

/** The options of a new run. */
export type StartOptions = RevertOptions & {
  /** Default `up`. */
  readonly direction?: 'up' | 'down';
  /** UUID of the run. Starting a run again with the same id and options returns the existing run. Default: a random UUID. */
  readonly id?: string;
};

/** A run that has started; without an id there was nothing to do. */
interface BegunRun {
  readonly id: string | undefined;
  readonly finished: Promise<RunReport>;
}

/** A run with this id exists, and its options are different. */
export class RunOptionsDifferError extends MigrationConflictError {
  constructor() {
    super('A run with this id was started with other options.');
  }
}

/** Schema migrations over all tenants. */
export class FleetMigrations {
  readonly #deployment: FleetDeployment;
  readonly #migrator: HomeMigrator;
  readonly #planner: Planner;
  readonly #runs: RunLedger;

  constructor(deployment: FleetDeployment, migrator: HomeMigrator) {
    this.#deployment = deployment;
    this.#migrator = migrator;
    this.#planner = new Planner(deployment, migrator);
    this.#runs = new RunLedger(deployment.catalog);
  }

  /** The names of this release's migrations for the homes of an isolation, in their order. */
  namesFor(isolation: Tenant['isolation']): readonly string[] {
    return migrationsOf(isolation, this.#deployment.set);
  }

  /** The number of tenants at each version. */
  status(): Promise<FleetStatus> {
    const { ledger, set } = this.#deployment;
    return fleetStatus(ledger, set);
  }

  /**
   * Reads the history of each home from its own tables, and corrects the catalog where it differs. This is needed after homes
   * were migrated or reverted without Rowhouse, because runs use the catalog's record. It takes one query for each home.
   */
  verify(selection: Selection = {}, { signal }: Pick<RunControl, 'signal'> = {}): Promise<VerifyReport> {
    return this.#planner.verify(parseOptions('migrations.verify', selectionSchema, selection), signal);
  }

  /** What a run would do. With `sql` also the statements, which are recorded in a scratch home. */
  async plan({ sql = false, ...options }: StartOptions & { readonly sql?: boolean } = {}): Promise<Plan> {
    const { goal, selection } = parse(options);
    return this.#planner.plan(selection, goal, { sql });
  }

  /**
   * Runs the missing migrations of the selected tenants, and waits for the end.
   *
   * @returns a report, which also lists the homes that failed.
   * @throws {OptionsInvalidError}
   */
  async run(options: RunOptions = {}, control?: RunControl): Promise<RunReport> {
    return (await this.#begin(options, control)).finished;
  }

  /** Reverts the last migrations of the selected tenants, and waits for the end. */
  async revert(options: RevertOptions = {}, control?: RunControl): Promise<RunReport> {
    return (await this.#begin({ ...options, direction: 'down' }, control)).finished;
  }

  /**
   * Like {@link run} and {@link revert}, but resolves when the run is in the catalog and has started. `finished` resolves at
   * its end.
   *
   * @throws {RunOptionsDifferError} when a run with this id has other options.
   */
  async start(
    options: StartOptions = {},
    control: RunControl = {},
  ): Promise<{ readonly report: RunReport; readonly finished: Promise<RunReport> }> {
    const { id, finished } = await this.#begin(options, control);
    return { report: id === undefined ? await finished : await this.#runs.find(id), finished };
  }

  /**
   * Continues a run that was interrupted, cancelled or paused, or whose process died.
   *
   * @throws {MigrationConflictError} when another process is working on it, or nothing is left to do.
   */
  async resume(id: string, control: RunControl = {}): Promise<RunReport> {
    return this.#continue(id, { retry: false }, control);
  }

  /** Like {@link resume}, and tries the failed homes again. */
  async retry(id: string, control: RunControl = {}): Promise<RunReport> {
    return this.#continue(id, { retry: true }, control);
  }

  /**
   * Asks the process that works on a run to stop: it starts no further home, and finishes those in progress. A run that is paused is
   * cancelled at once.
   */
  async cancel(id: string): Promise<RunReport> {
    const report = await this.#runs.find(id);
    if (report.state === 'paused') await this.#runs.finish(id, 'cancelled', 'Cancelled while it was paused.');
    else if (report.state === 'running' && !report.isLive)
      await this.#runs.finish(id, 'cancelled', 'Cancelled after its process had died.');
    else await this.#runs.requestCancel(id);
    return this.#runs.find(id);
  }

  /** @throws {MigrationRunNotFoundError} */
  get(id: string): Promise<RunReport> {
    return this.#runs.find(id);
  }

  /**
   * The runs, latest first.
   *
   * @param options.limit - default 20.
   * @param options.after - the id of the last run of the previous page.
   */
  runs({
    limit = 20,
    after,
  }: {
    readonly limit?: number;
    readonly after?: string | undefined;
  } = {}): Promise<readonly RunReport[]> {
    return this.#runs.list({ limit, after });
  }

  /** The homes of a run, sorted by label. @param options.after - the last label of the previous page. */
  async homes(
    id: string,
    options: {
      readonly state?: HomeResult['state'] | undefined;
      readonly limit?: number;
      readonly after?: string | undefined;
    } = {},
  ): Promise<readonly HomeResult[]> {
    await this.#runs.find(id);
    return this.#runs.homes(id, options);
  }

  /** How far each wave of a run is. @throws {MigrationRunNotFoundError} */
  async waves(id: string): Promise<readonly RunWave[]> {
    await this.#runs.find(id);
    return this.#runs.waves(id);
  }

  /** @returns when the run has started. It has no id when there is nothing to do. */
  async #begin(options: StartOptions, control: RunControl = {}): Promise<BegunRun> {
    const { id: givenId, ...rest } = options;
    const { goal, selection, parsed } = parse(rest);
    const startedAt = new Date();
    const existing = givenId && (await this.#existingRun(givenId, goal, parsed));
    if (existing) return existing;
    const planned = await this.#planner.homes(selection, goal);
    if (planned.length === 0)
      return { id: undefined, finished: Promise.resolve(emptyReport(goal, startedAt)) };
    const id = givenId ?? randomUUID();
    const homes = inWaves(planned, parsed);
    const run = { id, direction: goal.direction, options: parsed, homes };
    const inMainDatabase = homes.filter(({ home }) => !isElsewhere(home.tenant)).length;
    const connecting = this.#migrator.connect(Math.min(inMainDatabase, parsed.concurrency));
    const isNew = await this.#runs.create(run);
    const concurrent = isNew ? undefined : await this.#existingRun(id, goal, parsed);
    if (concurrent) return concurrent;
    let reportStart: () => void = () => {};
    const hasStarted = new Promise<void>((resolve) => {
      reportStart = resolve;
    });
    const finished = this.#whileWorking(id, async (lost) => {
      reportStart();
      await connecting;
      const histories = new Map(planned.map(({ change: { base } }) => [hashOf(base), base]));
      const before = { done: 0, failed: 0, skipped: 0, pending: homes.length };
      await this.#work({ ...run, histories, before }, whileHeld(control, lost), lost);
    });
    // An error before the run has started rejects here. A caller that ignores `finished` reads the outcome from the catalog.
    await Promise.race([hasStarted, finished]);
    finished.catch(() => {});
    return { id, finished };
  }

  /** The run with this id, if there is one. */
  async #existingRun(
    id: string,
    { direction }: Goal,
    options: ParsedRunOptions,
  ): Promise<BegunRun | undefined> {
    const stored = await this.#runs.optionsOf(id);
    if (!stored) return undefined;
    const requested = JSON.parse(JSON.stringify(options)) as unknown;
    if (stored.direction !== direction || !isDeepStrictEqual(stored.options, requested))
      throw new RunOptionsDifferError();
    return { id, finished: this.#runs.find(id) };
  }

  async #continue(id: string, how: { retry: boolean }, control: RunControl): Promise<RunReport> {
    const report = await this.#runs.find(id);
    if (report.isLive) throw busyError(id);
    const left = report.pending + (how.retry ? report.failed : 0);
    // With no home left the run can still be `running`: its process may have died before it recorded the end.
    if (left === 0 && report.state !== 'running')
      throw new MigrationConflictError(
        report.failed > 0
          ? `Only failed homes are left in the run ${id}: retry it.`
          : `Nothing is left to do in the run ${id}.`,
      );
    return this.#whileWorking(id, async (lost) => {
      await this.#deployment.repairShared();
      await this.#runs.reopen(id, how);
      const stored = await this.#runs.optionsOf(id);
      if (!stored) throw new MigrationRunNotFoundError();
      const homes = await this.#runs.remaining(id);
      const [histories, { done, failed, skipped, pending }] = await Promise.all([
        this.#deployment.ledger.historiesOf(homes.map(({ history }) => history)),
        this.#runs.find(id),
      ]);
      const before = { done, failed, skipped, pending };
      await this.#work({ id, ...stored, homes, histories, before }, whileHeld(control, lost), lost);
    });
  }

  /** Works on a run that no other process works on meanwhile. */
  async #whileWorking(id: string, work: (lost: AbortSignal) => Promise<void>): Promise<RunReport> {
    const worked = await this.#deployment.catalog.whileLocked(lockKeyOf('run', id), work);
    if (!worked) throw busyError(id);
    return this.#runs.find(id);
  }

  async #work(run: FleetRunOptions, control: RunControl, lost: AbortSignal): Promise<void> {
    const { catalog } = this.#deployment;
    const parts = { catalog, migrator: this.#migrator, runs: this.#runs };
    const { state, message } = await new FleetRun(parts, run, control).work();
    // Without its lock another process may have continued the run, and its state is that one's to write.
    lost.throwIfAborted();
    await this.#runs.finish(run.id, state, message);
  }
}

function busyError(id: string): MigrationConflictError {
  return new MigrationConflictError(
    `Another process is working on the run ${id}. Wait for it, or cancel the run.`,
  );
}

function parse({ direction = 'up', ...options }: StartOptions): {
  goal: Goal;
  selection: Selection;
  parsed: ParsedRunOptions;
} {
  const parsed = parseOptions('migrations', revertOptionsSchema, options);
  const { tenants, where, limit } = parsed;
  return { goal: { direction, steps: parsed.steps }, selection: { tenants, where, limit }, parsed };
}

function emptyReport({ direction }: Goal, startedAt: Date): RunReport {
  return {
    id: undefined,
    direction,
    state: 'succeeded',
    isLive: false,
    total: 0,
    done: 0,
    failed: 0,
    skipped: 0,
    pending: 0,
    startedAt,
    finishedAt: new Date(),
    message: undefined,
    failures: [],
  };
}

/** Gives each home its wave: 0 for the shared tables, then the canary, then the waves. */
function inWaves(homes: readonly PlannedHome[], { canary, wave }: ParsedRunOptions): RunHome[] {
  const own = homes.filter(({ home }) => home.kind !== 'shared').length;
  const sizeOf = (percent: number) => Math.max(1, Math.ceil((own * percent) / 100));
  const first = canary === undefined ? 0 : sizeOf(canary);
  let index = 0;
  return homes.map(({ home, change: { base, names } }) => {
    const history = hashOf(base);
    if (home.kind === 'shared') return { home, wave: 0, names, history };
    const position = index++;
    const number =
      position < first ? 1 : 1 + (first > 0 ? 1 : 0) + Math.floor((position - first) / sizeOf(wave));
    return { home, wave: number, names, history };
  });
}
