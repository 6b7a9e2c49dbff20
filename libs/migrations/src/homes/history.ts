import { createHash } from 'node:crypto';

/** The names of the migrations that a home has had, in the order in which they ran. */
export type History = readonly string[];

export const NO_HISTORY: History = [];

/** The key of a history in the catalog. `rowhouse.begin_change` computes the same hash from a home's own table. */
export function hashOf(history: History): string {
  return createHash('md5').update(history.join(',')).digest('hex');
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
