import { type History, hashOf, pendingOf } from '../homes/history.js';
import { type Home, migrationsOf } from '../homes/home.js';
import type { HomeLedger } from '../homes/home-ledger.js';
import { isSharedName, type MigrationSet } from '../homes/migration-set.js';
import type { Selection } from '../homes/selection.js';
import type { HomeMigrator } from '../migrate/home-migrator.js';
import { type Change, type ChangeRecorder, keyOf } from '../recording/change-recorder.js';
import type { Plan, PlanGroup, PlannedMigration, VerifyReport } from './run-types.js';
import { workThrough } from './work-through.js';

/** Which way, and when back, how many. */
export interface Goal {
  readonly direction: 'up' | 'down';
  readonly steps: number;
}

/** A home and what shall be done to it. */
export interface PlannedHome {
  readonly home: Home;
  readonly change: Change;
}

/** Connections that homes are asked over. */
const VERIFIED_AT_A_TIME = 4;

/** Decides which homes have what to do. */
export class Planner {
  readonly #ledger: HomeLedger;
  readonly #migrator: HomeMigrator;
  readonly #set: MigrationSet;
  readonly #recorder: ChangeRecorder;

  constructor(parts: {
    ledger: HomeLedger;
    migrator: HomeMigrator;
    set: MigrationSet;
    recorder: ChangeRecorder;
  }) {
    this.#ledger = parts.ledger;
    this.#migrator = parts.migrator;
    this.#set = parts.set;
    this.#recorder = parts.recorder;
  }

  /**
   * The homes with something to do. Those that the catalog knows nothing of are asked themselves, and the catalog is told.
   */
  async homes(selection: Selection, goal: Goal): Promise<readonly PlannedHome[]> {
    const known =
      goal.direction === 'up'
        ? await this.#ledger.homesBehind(selection)
        : await this.#ledger.homes(selection);
    const planned: PlannedHome[] = [];
    for (const one of known) {
      // A tenant's own are taken back, not the tables that others read.
      if (goal.direction === 'down' && one.home.kind === 'shared') continue;
      const history = one.history ?? (await this.#migrator.learnHistoryOf(one.home));
      const change = changeFor(one.home, history, this.#set, goal);
      if (change.names.length > 0) planned.push({ home: one.home, change });
    }
    return planned;
  }

  /** Asks the homes themselves what they have had, and corrects the catalog where it says otherwise. */
  async verify(selection: Selection, signal: AbortSignal | undefined): Promise<VerifyReport> {
    const corrected: VerifyReport['corrected'][number][] = [];
    let checked = 0;
    const manner = { concurrency: VERIFIED_AT_A_TIME, isOver: () => signal?.aborted === true };
    await workThrough(await this.#ledger.homes(selection), manner, async ({ home, history }) => {
      const read = await this.#migrator.historyOf(home);
      checked += 1;
      if (history && hashOf(history) === hashOf(read)) return;
      await this.#ledger.note(home, read);
      corrected.push({ label: home.label, from: history?.at(-1), to: read.at(-1) });
    });
    return { checked, corrected };
  }

  /** The plan for people: homes that have the same to do stand together. */
  async plan(selection: Selection, goal: Goal, { sql }: { sql: boolean }): Promise<Plan> {
    const homes = await this.homes(selection, goal);
    const groups = new Map<string, PlannedHome[]>();
    for (const one of homes) {
      const key = `${one.home.kind} ${keyOf(one.change)}`;
      const group = groups.get(key);
      if (group) group.push(one);
      else groups.set(key, [one]);
    }
    const inOrder = [...groups.values()].sort((one, other) => other.length - one.length);
    const described: PlanGroup[] = [];
    // One after the other: each is recorded in a transaction of its own, and one that fails leaves no other under way.
    for (const group of inOrder) described.push(await this.#groupOf(group, sql));
    return { direction: goal.direction, total: homes.length, groups: described };
  }

  async #groupOf(group: readonly PlannedHome[], sql: boolean): Promise<PlanGroup> {
    const [{ home, change }] = group as [PlannedHome];
    return {
      from: change.base.at(-1),
      kind: home.kind,
      names: change.names,
      homes: group.map((one) => one.home.label),
      outOfOrder: outOfOrder(change, this.#set),
      ...(sql && (await this.#sqlOf(change))),
    };
  }

  async #sqlOf(change: Change): Promise<Pick<PlanGroup, 'sql' | 'sqlError'>> {
    try {
      const { migrations } = await this.#recorder.recordOf(change);
      const sql: readonly PlannedMigration[] = migrations.map(({ migration, script, dataDependence }) => ({
        name: migration.name,
        statements: script.map(({ text }) => text),
        dataDependence,
      }));
      return { sql };
    } catch (error) {
      return { sqlError: error instanceof Error ? error.message : String(error) };
    }
  }
}

/** What a home of this history has to do. */
export function changeFor(
  home: Home,
  history: History,
  set: MigrationSet,
  { direction, steps }: Goal,
): Change {
  if (direction === 'up') {
    return { base: history, direction, names: pendingOf(history, migrationsOf(home.kind, set)) };
  }
  const own = history.filter((name) => !isSharedName(name));
  return { base: history, direction, names: own.slice(-steps).reverse() };
}

/** What is left of a change for a home that has moved on meanwhile. */
export function remainderFor(
  history: History,
  { direction, names }: Pick<Change, 'direction' | 'names'>,
): Change {
  const had = new Set(history);
  return {
    base: history,
    direction,
    names: names.filter((name) => had.has(name) === (direction === 'down')),
  };
}

function outOfOrder({ base, direction, names }: Change, set: MigrationSet): readonly string[] {
  if (direction === 'down') return [];
  const latest = Math.max(0, ...base.map((name) => set.find(name)?.timestamp ?? 0));
  return names.filter((name) => (set.find(name)?.timestamp ?? 0) < latest);
}
