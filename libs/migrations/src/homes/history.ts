import { createHash } from 'node:crypto';

/** The migrations that a home has had, in the order in which it had them. */
export type History = readonly string[];

export const NO_HISTORY: History = [];

/** What stands for a history in the catalog; `rowhouse.begin_change` computes the same from a home's own table. */
export function hashOf(history: History): string {
  return createHash('md5').update(history.join(',')).digest('hex');
}

/** What is still to be run, in order. A migration that was added between others that have run is among them, as TypeORM has it. */
export function pendingOf(history: History, all: readonly string[]): readonly string[] {
  const had = new Set(history);
  return all.filter((name) => !had.has(name));
}

/** What a home would be like after a change. */
export function historyAfter(
  history: History,
  { direction, names }: { direction: 'up' | 'down'; names: readonly string[] },
): History {
  if (direction === 'up') return [...history, ...names];
  const gone = new Set(names);
  return history.filter((name) => !gone.has(name));
}
