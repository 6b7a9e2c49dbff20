import pg from 'pg';
import { MigrationConflictError } from '../../errors.js';
import type { RowCount } from '../adoption-report.js';
import type { OwnerTransaction } from '../owner-transaction.js';

const { escapeIdentifier: quote } = pg;

export type Counts = ReadonlyMap<string, number>;

/** @param tables - names without a schema. */
export async function countRows(
  owner: OwnerTransaction,
  schema: string,
  tables: readonly string[],
): Promise<Counts> {
  const counts = new Map<string, number>();
  for (const table of tables) {
    const [row] = await owner.read<{ count: string }>(
      `select count(*) as count from ${quote(schema)}.${quote(table)}`,
    );
    counts.set(table, Number(row?.count));
  }
  return counts;
}

/** @throws {MigrationConflictError} when a table has not as many rows as before. */
export function compareCounts(before: Counts, after: Counts): RowCount[] {
  const rows = [...before].map(([table, count]) => ({
    table,
    before: count,
    after: after.get(table) ?? 0,
  }));
  const changed = rows.filter((row) => row.before !== row.after);
  if (changed.length === 0) return rows;
  const list = changed.map((row) => `${row.table} (${row.before}, then ${row.after})`);
  throw new MigrationConflictError(`Nothing was changed: rows would have been lost in ${list.join(', ')}.`);
}
