import pg from 'pg';
import { type Client, type HomeTable, nameOf } from '../home/tables.js';

const { escapeIdentifier: quote } = pg;

/** `table (columns)`, for COPY and INSERT. @param table - quoted. */
export function columnsIn(table: string, columns: readonly { readonly name: string }[]): string {
  return columns.length === 0 ? table : `${table} (${columns.map(({ name }) => quote(name)).join(', ')})`;
}

/** A table may have no columns but the tenant's. @returns how many rows were written. */
export async function insertEmptyRows(client: Client, table: HomeTable, rows: number): Promise<number> {
  const text = `insert into ${nameOf(table)} select from pg_catalog.generate_series(1, $1::int)`;
  return (await client.query(text, [rows])).rowCount ?? 0;
}
