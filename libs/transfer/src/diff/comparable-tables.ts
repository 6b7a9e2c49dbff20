import { DiffRefusedError } from '../errors.js';
import { filteredOf, type HomeTable, nameTwiceIn } from '../home/tables.js';
import type { Side } from './table-pairs.js';

/** @throws {DiffRefusedError} for tables that cannot be compared. */
export function comparable(
  tables: readonly HomeTable[],
  wanted: readonly string[] | undefined,
): readonly HomeTable[] {
  const chosen = tables.filter(({ name }) => !wanted || wanted.includes(name));
  const filtered = filteredOf(chosen);
  if (filtered.length > 0)
    throw new DiffRefusedError(
      `Policies of the application decide which rows of these tables are read: ${filtered.join(', ')}. Drop the policies (DROP POLICY), or name the tables to compare without these.`,
    );
  const twice = nameTwiceIn(chosen);
  if (twice !== undefined)
    throw new DiffRefusedError(
      `The table ${twice} is in two schemas, and tables are compared by their names. Rename one of them.`,
    );
  return chosen;
}

/** @throws {DiffRefusedError} when none of the sides has a table. */
export function requireThere(wanted: readonly string[] | undefined, sides: readonly Side[]): void {
  const missing = (wanted ?? []).filter(
    (name) => !sides.some(({ tables }) => tables.some((table) => table.name === name)),
  );
  if (missing.length > 0)
    throw new DiffRefusedError(
      `There are no such tables: ${missing.join(', ')}. Name them without a schema.`,
    );
}

/** Names of tables that only the first has. */
export function onlyIn(side: Side, other: Side): readonly string[] {
  return side.tables
    .map(({ name }) => name)
    .filter((name) => !other.tables.some((table) => table.name === name));
}
