import { type Change, type ChangeBook, keyOf } from './change-book.js';
import { type History, hashOf, pendingOf } from './history.js';
import { type Home, migrationsOf } from './home.js';
import type { HomeLedger, KnownHome } from './home-ledger.js';
import type { HomeMigrator } from './home-migrator.js';
import { isSharedName, type MigrationSet } from './migration-set.js';
import type { Plan, PlanGroup, PlannedMigration, VerifyReport } from './run-types.js';
import type { Selection } from './selection.js';

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
  readonly #book: ChangeBook;

  constructor(parts: { ledger: HomeLedger; migrator: HomeMigrator; set: MigrationSet; book: ChangeBook }) {
    this.#ledger = parts.ledger;
    this.#migrator = parts.migrator;
    this.#set = parts.set;
    this.#book = parts.book;
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
      const change = changeFor(one.home, await this.#historyOf(one), this.#set, goal);
      if (change.names.length > 0) planned.push({ home: one.home, change });
    }
    return planned;
  }

  async #historyOf({ home, history }: KnownHome): Promise<History> {
    if (history) return history;
    const read = await this.#migrator.historyOf(home);
    await this.#ledger.note(home, read);
    return read;
  }

  /** Asks the homes themselves what they have had, and corrects the catalog where it says otherwise. */
  async verify(selection: Selection, signal: AbortSignal | undefined): Promise<VerifyReport> {
    const queue = [...(await this.#ledger.homes(selection))];
    const corrected: VerifyReport['corrected'][number][] = [];
    let checked = 0;
    const work = async () => {
      for (let next = queue.shift(); next && !signal?.aborted; next = queue.shift()) {
        const { home, history } = next;
        const read = await this.#migrator.historyOf(home);
        checked += 1;
        if (history && hashOf(history) === hashOf(read)) continue;
        await this.#ledger.note(home, read);
        corrected.push({ label: home.label, from: history?.at(-1), to: read.at(-1) });
      }
    };
    const workers = await Promise.allSettled(Array.from({ length: VERIFIED_AT_A_TIME }, work));
    for (const worker of workers) if (worker.status === 'rejected') throw worker.reason;
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
      const { migrations } = await this.#book.recordOf(change);
      const sql: readonly PlannedMigration[] = migrations.map(({ migration, script, tie }) => ({
        name: migration.name,
        statements: script.map(({ text }) => text),
        tie,
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
