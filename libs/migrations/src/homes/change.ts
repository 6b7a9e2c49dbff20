import { type History, hashOf, pendingOf } from './history.js';
import { type Home, migrationsOf } from './home.js';
import { isSharedName, type MigrationSet } from './migration-set.js';

/** A change from one history to the next. */
export interface Change {
  readonly base: History;
  readonly direction: 'up' | 'down';
  /** Of the migrations, in the order in which they are run. */
  readonly names: readonly string[];
}

/** Which way, and when back, how many. */
export interface Goal {
  readonly direction: 'up' | 'down';
  readonly steps: number;
}

/** Everything that a release has. */
export const TO_LATEST: Goal = { direction: 'up', steps: 0 };

/** The same for changes that are the same. */
export function keyOf({ base, direction, names }: Change): string {
  return `${hashOf(base)} ${direction} ${names.join(',')}`;
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

/** What is left of a change for a home that somebody else has migrated meanwhile. */
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
