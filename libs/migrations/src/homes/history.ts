import { createHash } from 'node:crypto';
import { type Home, migrationsOf } from './home.js';
import { isSharedName, type MigrationSet } from './migration-set.js';

/** The names of the migrations that a home has had, in the order in which they ran. */
export type History = readonly string[];

export const NO_HISTORY: History = [];

const hashes = new WeakMap<History, string>();

/** The key of a history in the catalog. `rowhouse.begin_changes` computes the same hash from a home's own table. */
export function hashOf(history: History): string {
  const known = hashes.get(history);
  if (known !== undefined) return known;
  const hash = createHash('md5').update(history.join(',')).digest('hex');
  hashes.set(history, hash);
  return hash;
}

/** The migrations that have not run, in order. Like TypeORM, this includes migrations dated before others that have run. */
export function pendingOf(history: History, all: readonly string[]): readonly string[] {
  const had = new Set(history);
  return all.filter((name) => !had.has(name));
}

/** The history of a home after a change. */
export function historyAfter(
  history: History,
  { direction, names }: { direction: 'up' | 'down'; names: readonly string[] },
): History {
  if (direction === 'up') return [...history, ...names];
  const gone = new Set(names);
  return history.filter((name) => !gone.has(name));
}

/** A change of a home from one history to another: the migrations to run or to revert. */
export interface Change {
  readonly base: History;
  readonly direction: 'up' | 'down';
  /** Names of the migrations, in the order in which they run. */
  readonly names: readonly string[];
}

/** The direction of a run; for `down`, how many migrations to revert. */
export interface Goal {
  readonly direction: 'up' | 'down';
  readonly steps: number;
}

/** Runs all migrations of the release. */
export const TO_LATEST: Goal = { direction: 'up', steps: 0 };

/** A key that equal changes share. */
export function keyOf({ base, direction, names }: Change): string {
  return `${hashOf(base)} ${direction} ${names.join(',')}`;
}

/** The change that brings a home with this history to the goal. */
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

/** The rest of a change, for a home that another process has migrated meanwhile. */
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
