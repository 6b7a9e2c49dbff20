import pg from 'pg';
import { MigrationConflictError } from '../../errors.js';
import type { RowCount } from '../adoption-report.js';
import type { OwnerTransaction } from '../owner-transaction.js';

const { escapeIdentifier: quote } = pg;

export type Counts = ReadonlyMap<string, number>;

interface CountedTable {
  readonly schema: string;
  readonly bareName: string;
}

/** @returns by the names without a schema. */
export async function countRows(owner: OwnerTransaction, tables: readonly CountedTable[]): Promise<Counts> {
  const counts = new Map<string, number>();
  for (const { schema, bareName } of tables) {
    const [row] = await owner.read<{ count: string }>(
      `select count(*) as count from ${quote(schema)}.${quote(bareName)}`,
    );
    counts.set(bareName, Number(row?.count));
  }
  return counts;
}

/** The same tables in another schema. */
export function tablesIn(schema: string, tables: readonly CountedTable[]): CountedTable[] {
  return tables.map(({ bareName }) => ({ schema, bareName }));
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
