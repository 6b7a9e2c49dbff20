import pg from 'pg';
import type { CopyRow } from '../copy/copy-rows.js';
import { TakeBackRefusedError } from '../errors.js';
import { joined, rowTextOf, textOf } from '../home/comparable.js';
import { insertRows } from '../home/insert-rows.js';
import { type Client, type HomeTable, sourceOf } from '../home/tables.js';

const { escapeIdentifier: quote } = pg;

/** A table whose rows are changed, and what its rows of texts hold. */
export interface ChangedTable {
  readonly table: HomeTable;
  /** The columns of the rows: those of the key first. */
  readonly columns: HomeTable['columns'];
  /** 0 for a table without a key. */
  readonly keyLength: number;
}

/** @throws {TakeBackRefusedError} unless each row is there exactly as it is given. */
export async function deleteRows(
  client: Client,
  changed: ChangedTable,
  rows: readonly CopyRow[],
): Promise<void> {
  const { from, values } = given(changed, rows);
  const { rowCount } = await client.query(
    changed.keyLength > 0
      ? `delete from ${sourceOf(changed.table)} t using ${from} where ${sameRow(changed)}`
      : `delete from ${sourceOf(changed.table)} t
          using (select m.*, pg_catalog.row_number() over (partition by m.content) as n
                   from (select c.tableoid as place, c.ctid as at, ${contentOf(changed, 'c')} as content from ${sourceOf(changed.table)} c) m) found
           join (select w.content, pg_catalog.count(*) as times from (select ${wantedContent(changed)} as content from ${from}) w group by w.content) wanted
             on wanted.content = found.content and found.n <= wanted.times
          where t.tableoid = found.place and t.ctid = found.at`,
    values,
  );
  requireAll(changed, rowCount, rows.length);
}

/** @throws {TakeBackRefusedError} unless each row is there exactly as it is given first. The table has a key. */
export async function updateRows(
  client: Client,
  changed: ChangedTable,
  rows: readonly { readonly before: CopyRow; readonly after: CopyRow }[],
): Promise<void> {
  const { columns, keyLength, table } = changed;
  const before = given(
    changed,
    rows.map((row) => [...row.before, ...row.after.slice(keyLength)]),
    columns.length - keyLength,
  );
  const sets = columns
    .slice(keyLength)
    .map(({ name, type }, index) => `${quote(name)} = w.c${columns.length + index}::${type}`);
  const { rowCount } = await client.query(
    `update ${sourceOf(table)} t set ${sets.join(', ')} from ${before.from} where ${sameRow(changed)}`,
    before.values,
  );
  requireAll(changed, rowCount, rows.length);
}

export async function addRows(
  client: Client,
  changed: ChangedTable,
  rows: readonly CopyRow[],
): Promise<void> {
  requireAll(changed, await insertRows(client, changed.table, changed.columns, rows), rows.length);
}

/** SQL: whether a row of the table is the row `w` that is given. @param row - its name in FROM. */
export function sameRow({ columns, keyLength }: ChangedTable, row = 't'): string {
  const key = columns
    .slice(0, keyLength)
    .map(({ name, type }, index) => `${row}.${quote(name)} = w.c${index}::${type}`);
  const all = columns.map(({ name }, index) => `${textOf(name, row)} is not distinct from w.c${index}`);
  return [...key, ...all, 'true'].join(' and ');
}

/** Rows as a table `w` with the columns `c0`, `c1` …, for FROM. */
export function given(
  { columns }: Pick<ChangedTable, 'columns'>,
  rows: readonly CopyRow[],
  more = 0,
): { readonly from: string; readonly values: unknown[] } {
  const width = columns.length + more;
  if (width === 0)
    return { from: 'pg_catalog.generate_series(1, $1::pg_catalog.int4) as w (n)', values: [rows.length] };
  const numbers = Array.from({ length: width }, (_, index) => index);
  return {
    from: `unnest(${numbers.map((n) => `$${n + 1}::pg_catalog.text[]`).join(', ')}) as w (${numbers.map((n) => `c${n}`).join(', ')})`,
    values: numbers.map((n) => rows.map((row) => row[n] ?? null)),
  };
}

function contentOf({ columns }: ChangedTable, row: string): string {
  return rowTextOf(
    columns.map(({ name }) => name),
    row,
  );
}

function wantedContent({ columns }: ChangedTable): string {
  return joined(columns.map((_, index) => `w.c${index}`));
}

function requireAll({ table: { name } }: ChangedTable, found: number | null, wanted: number): void {
  if (found === wanted) return;
  throw new TakeBackRefusedError(
    `${wanted - (found ?? 0)} rows of the table ${name} have been changed since. Nothing was taken back: compare again (rowhouse diff), and repeat it.`,
  );
}
