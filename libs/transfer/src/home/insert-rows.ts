import pg from 'pg';
import type { CopyRow } from '../copy/copy-rows.js';
import { type Client, type HomeTable, nameOf } from './tables.js';

const { escapeIdentifier: quote } = pg;

/** `table (columns)`, for COPY and INSERT. @param table - quoted. */
export function columnsIn(table: string, columns: readonly { readonly name: string }[]): string {
  return columns.length === 0 ? table : `${table} (${columns.map(({ name }) => quote(name)).join(', ')})`;
}

/** Inserts rows by one statement, with the values that they have, generated or not. @returns how many were inserted. */
export async function insertRows(
  client: Client,
  table: HomeTable,
  columns: HomeTable['columns'],
  rows: readonly CopyRow[],
): Promise<number> {
  if (columns.length === 0) return insertEmptyRows(client, nameOf(table), rows.length);
  const fields = columns.map((_, index) => quote(`c${index}`)).join(', ');
  const values = columns.map(({ type }, index) => `${quote(`c${index}`)}::${type}`).join(', ');
  const arrays = columns.map((_, index) => `$${index + 1}::text[]`).join(', ');
  const { rowCount } = await client.query(
    `insert into ${columnsIn(nameOf(table), columns)} overriding system value
       select ${values} from unnest(${arrays}) as archived(${fields})`,
    columns.map((_, index) => rows.map((row) => row[index] ?? null)),
  );
  return rowCount ?? 0;
}

/** A table may have no columns but the tenant's. @param table - quoted. @returns how many rows were inserted. */
export async function insertEmptyRows(client: Client, table: string, rows: number): Promise<number> {
  const text = `insert into ${table} select from pg_catalog.generate_series(1, $1::pg_catalog.int4)`;
  return (await client.query(text, [rows])).rowCount ?? 0;
}
