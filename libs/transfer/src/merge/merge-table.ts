import pg from 'pg';
import type { UniqueKey } from '../home/keys.js';
import type { HomeTable } from '../home/tables.js';

const { escapeIdentifier: quote } = pg;

/** Where the rows of one table come from, in SQL. */
export interface Rows {
  /** For FROM. */
  readonly from: string;
  /** A column of the row `s`, of the type that it has in the target. */
  value(column: string): string;
}

/** A table that rows are merged into. */
export interface MergeTable {
  /** In the names of its temporary tables. */
  readonly number: number;
  /** With the columns that are carried. */
  readonly target: HomeTable;
  readonly keys: readonly UniqueKey[];
  /** The key that tells its rows apart: the primary one, else a unique one without NULLs. */
  readonly key: UniqueKey | undefined;
}

/** What became of the rows of one table. */
export interface MergedTable {
  readonly name: string;
  /** Written as new rows, with new keys or their own. */
  written: number;
  /** Were there already, equal in every column. */
  same: number;
  /** Have a key that another row has there. */
  conflicts: number;
  /** Of the conflicts: left as they are there. */
  skipped: number;
  /** Of the conflicts: written over. */
  overwritten: number;
  /** Of the conflicts: written with new keys. */
  remapped: number;
}

/** The temporary table with the rows that are to be written as new ones. */
export function stageOf({ number }: Pick<MergeTable, 'number'>): string {
  return `pg_temp.rowhouse_rows_${number}`;
}

/** The temporary table with the rows that are written over others. */
export function updatesOf({ number }: Pick<MergeTable, 'number'>): string {
  return `pg_temp.rowhouse_updates_${number}`;
}

/** The temporary table with the keys of the rows that were skipped. */
export function staysOf({ number }: Pick<MergeTable, 'number'>): string {
  return `pg_temp.rowhouse_stays_${number}`;
}

/** The rows that were staged. */
export function stagedRows(table: Pick<MergeTable, 'number'>): Rows {
  return { from: stageOf(table), value: (column) => `s.${quote(column)}` };
}

/** The condition under which the rows `t` and `s` have the same key. */
export function sameKey(
  { columns, areNullsEqual }: Pick<UniqueKey, 'columns' | 'areNullsEqual'>,
  value: Rows['value'],
): string {
  const equals = areNullsEqual ? 'is not distinct from' : '=';
  return allOf(columns.map((column) => `t.${quote(column)} ${equals} ${value(column)}`));
}

export function allOf(conditions: readonly string[]): string {
  return conditions.length === 0 ? 'true' : conditions.join(' and ');
}
