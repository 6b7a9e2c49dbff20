import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { lockKeyOf, parseOptions } from '@rowhouse/core/internal';
import { MigrationConflictError, MigrationRunNotFoundError } from '../errors.js';
import type { FleetDeployment } from '../fleet/fleet-deployment.js';
import type { Goal } from '../homes/change.js';
import { pendingOf } from '../homes/history.js';
import { migrationsOf } from '../homes/home.js';
import { type Selection, selectionSchema } from '../homes/selection.js';
import type { HomeMigrator } from '../migrate/home-migrator.js';
import { FleetRun, type RunControl } from './fleet-run.js';
import { type PlannedHome, Planner } from './planner.js';
import { RunLedger } from './run-ledger.js';
import {
  type FleetStatus,
  type HomeResult,
  type ParsedRunOptions,
  type Plan,
  type RevertOptions,
  type RunOptions,
  type RunReport,
  revertOptionsSchema,
  type VerifyReport,
} from './run-types.js';

/** What a run is begun with. */
export type StartOptions = RevertOptions & {
  /** Default `up`. */
  readonly direction?: 'up' | 'down';
  /** UUID of the run: who starts the same twice gets the same run. Default: a random one. */
  readonly id?: string;
};

/** A run was started with an id that another run has. */
export class RunOptionsDifferError extends MigrationConflictError {
  constructor() {
    super('There is a run of this id that was started with other options.');
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

  /** How many tenants are at which version. */
  async status(): Promise<FleetStatus> {
    const { ledger, set } = this.#deployment;
    const versions = (await ledger.matrix()).map(({ history, isolation, tenants }) => {
      const all = migrationsOf(isolation, set);
      return {
        isolation,
        tenants,
        version: history?.at(-1),
        pending: history ? pendingOf(history, all) : all,
        unknown: history ? history.filter((name) => !set.find(name)) : [],
      };
    });
    const count = (some: typeof versions) => some.reduce((sum, { tenants }) => sum + tenants, 0);
    return {
      migrations: migrationsOf('database', set),
      versions,
      tenants: count(versions),
      behind: count(versions.filter(({ pending }) => pending.length > 0)),
    };
  }

  /**
   * Asks the homes themselves what they have had, and corrects the catalog where somebody else has migrated or reverted them:
   * runs go by the catalog. One query for each home.
   */
  verify(selection: Selection = {}, { signal }: Pick<RunControl, 'signal'> = {}): Promise<VerifyReport> {
    return this.#planner.verify(parseOptions('migrations.verify', selectionSchema, selection), signal);
  }

  /** What a run would do. With `sql`, the statements: they are found by running the migrations in a home made for it. */
  async plan({ sql = false, ...options }: StartOptions & { readonly sql?: boolean } = {}): Promise<Plan> {
    const { goal, selection } = parse(options);
    return this.#planner.plan(selection, goal, { sql });
  }

  /**
   * Brings the selected tenants to the app's version, and waits for the end.
   *
   * @throws {OptionsInvalidError} What fails in a home is in the report.
   */
  async run(options: RunOptions = {}, control?: RunControl): Promise<RunReport> {
    return (await this.start(options, control)).finished;
  }

  /** Takes back the last migrations of the selected tenants. */
  async revert(options: RevertOptions = {}, control?: RunControl): Promise<RunReport> {
    return (await this.start({ ...options, direction: 'down' }, control)).finished;
  }

  /**
   * As {@link run} and {@link revert}, answering when the run stands in the catalog and its work has begun.
   *
   * @throws {RunOptionsDifferError} when there is a run of this id with other options.
   */
  async start(
    options: StartOptions = {},
    control: RunControl = {},
  ): Promise<{ readonly report: RunReport; readonly finished: Promise<RunReport> }> {
    const { id: givenId, ...rest } = options;
    const { goal, selection, parsed } = parse(rest);
    const startedAt = new Date();
    const before = givenId && (await this.#startedBefore(givenId, goal, parsed));
    if (before) return before;
    const homes = await this.#planner.homes(selection, goal);
    if (homes.length === 0) {
      const report = nothingToDo(goal, startedAt);
      return { report, finished: Promise.resolve(report) };
    }
    const id = givenId ?? randomUUID();
    const run = { id, direction: goal.direction, options: parsed, homes: inWaves(homes, parsed) };
    const isNew = await this.#runs.create(run);
    const meanwhile = isNew ? undefined : await this.#startedBefore(id, goal, parsed);
    if (meanwhile) return meanwhile;
    let begun: () => void = () => {};
    const hasBegun = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const finished = this.#work(id, control, async () => begun());
    // Who only starts a run learns of its end from the catalog. What fails before it has begun is told at once.
    await Promise.race([hasBegun, finished]);
    finished.catch(() => {});
    return { report: await this.#runs.find(id), finished };
  }

  /**
   * Goes on with a run that was interrupted, cancelled or paused, or whose process died.
   *
   * @throws {MigrationConflictError} when a process is at work on it, or nothing is left of it.
   */
  async resume(id: string, control: RunControl = {}): Promise<RunReport> {
    return this.#takeUp(id, { retry: false }, control);
  }

  /** As {@link resume}, trying those homes again that have failed. */
  async retry(id: string, control: RunControl = {}): Promise<RunReport> {
    return this.#takeUp(id, { retry: true }, control);
  }

  /** Asks the process at work on a run to stop: it begins no further home, and finishes those under way. */
  async cancel(id: string): Promise<RunReport> {
    const report = await this.#runs.find(id);
    if (report.state === 'running' && !report.isLive)
      await this.#runs.finish(id, 'cancelled', 'Cancelled after its process had died.');
    else await this.#runs.requestCancel(id);
    return this.#runs.find(id);
  }

  /** @throws {MigrationRunNotFoundError} */
  get(id: string): Promise<RunReport> {
    return this.#runs.find(id);
  }

  /**
   * The latest first.
   *
   * @param options.limit - default 20.
   * @param options.after - the id of the last run of the page before.
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

  /** The homes of a run, by label. @param options.after - the last label of the page before. */
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

  /** The run of this id, if there is one. */
  async #startedBefore(
    id: string,
    { direction }: Goal,
    options: ParsedRunOptions,
  ): Promise<{ report: RunReport; finished: Promise<RunReport> } | undefined> {
    const stored = await this.#runs.optionsOf(id);
    if (!stored) return undefined;
    const asked = JSON.parse(JSON.stringify(options)) as unknown;
    if (stored.direction !== direction || !isDeepStrictEqual(stored.options, asked))
      throw new RunOptionsDifferError();
    const report = await this.#runs.find(id);
    return { report, finished: Promise.resolve(report) };
  }

  async #takeUp(id: string, how: { retry: boolean }, control: RunControl): Promise<RunReport> {
    const report = await this.#runs.find(id);
    if (report.isLive) throw isAtWork(id);
    const left = report.pending + (how.retry ? report.failed : 0);
    // A process may have died when all homes were done, and the run was not.
    if (left === 0 && report.state !== 'running')
      throw new MigrationConflictError(
        report.failed > 0
          ? `Nothing is left of the run ${id} but what failed: retry it.`
          : `Nothing is left of the run ${id}.`,
      );
    return this.#work(id, control, async () => {
      await this.#deployment.registry.homes.repairShared();
      await this.#runs.reopen(id, how);
    });
  }

  async #work(id: string, control: RunControl, before?: () => Promise<void>): Promise<RunReport> {
    const { catalog } = this.#deployment;
    const worked = await catalog.whileLocked(lockKeyOf('run', id), async () => {
      await before?.();
      const stored = await this.#runs.optionsOf(id);
      if (!stored) throw new MigrationRunNotFoundError();
      const { direction, options } = stored;
      const { done, failed, skipped, pending } = await this.#runs.find(id);
      const homes = await this.#runs.remaining(id);
      const histories = await this.#deployment.ledger.historiesOf(homes.map(({ history }) => history));
      const gone = pending - homes.length;
      const counts = { done, failed, skipped: skipped + gone, pending: homes.length };
      const run = new FleetRun(
        { catalog, migrator: this.#migrator, runs: this.#runs },
        { id, direction, options, homes, histories, before: counts },
        control,
      );
      const { state, message } = await run.work();
      await this.#runs.finish(id, state, message);
    });
    if (!worked) throw isAtWork(id);
    return this.#runs.find(id);
  }
}

function isAtWork(id: string): MigrationConflictError {
  return new MigrationConflictError(`A process is at work on the run ${id}. Wait for it, or cancel it.`);
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

function nothingToDo({ direction }: Goal, startedAt: Date): RunReport {
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

/** The shared tables first, then the canary, then wave by wave. */
function inWaves(
  homes: readonly PlannedHome[],
  { canary, wave }: ParsedRunOptions,
): { home: PlannedHome['home']; wave: number; names: readonly string[] }[] {
  const own = homes.filter(({ home }) => home.kind !== 'shared').length;
  const sizeOf = (percent: number) => Math.max(1, Math.ceil((own * percent) / 100));
  const first = canary === undefined ? 0 : sizeOf(canary);
  let index = 0;
  return homes.map(({ home, change }) => {
    if (home.kind === 'shared') return { home, wave: 0, names: change.names };
    const position = index++;
    const number =
      position < first ? 1 : 1 + (first > 0 ? 1 : 0) + Math.floor((position - first) / sizeOf(wave));
    return { home, wave: number, names: change.names };
  });
}
