import pg from 'pg';
import { type CopyRow, copyRowsOf } from '../copy/copy-rows.js';
import { copyOut } from '../copy/copy-streams.js';
import { hashOf, rowTextOf, textOf } from '../home/comparable.js';
import { type HomeTable, sourceOf } from '../home/tables.js';
import type { TablePair } from './table-pairs.js';

const { escapeLiteral: literal } = pg;

/** Rows by their keys, each value as PostgreSQL writes it as text. */
export type Keys = readonly (readonly string[])[];

export interface ReadOptions {
  /** Reads a checksum in place of the columns that are no key. */
  readonly keysOnly: boolean;
  /** Reads only rows with these keys. Left out: all. */
  readonly keys?: Keys | undefined;
}

/** The rows of a table, sorted by their keys in the order of bytes. Without a key: by all columns. */
export async function* rowsOf(
  client: pg.ClientBase,
  table: HomeTable,
  pair: TablePair,
  { keysOnly, keys }: ReadOptions,
): AsyncGenerator<CopyRow> {
  const { columns } = pair;
  const keyLength = sortLengthOf(pair);
  const texts = columns.map((column) => textOf(column));
  const fields =
    keysOnly && pair.keyLength > 0
      ? [...texts.slice(0, keyLength), hashOf(rowTextOf(columns.slice(keyLength)))]
      : texts;
  const order = texts.slice(0, keyLength).map((text) => `${text} collate "C" nulls first`);
  const source = `select ${fields.join(', ')} from ${rowsFrom(table, pair, keys)}`;
  const sorted = order.length === 0 ? source : `${source} order by ${order.join(', ')}`;
  yield* copyRowsOf(copyOut(client, sorted));
}

/** How many of the columns sort the rows. */
export function sortLengthOf({ columns, keyLength }: TablePair): number {
  return keyLength === 0 ? columns.length : keyLength;
}

/** For FROM: the rows of a table as `t`. @param keys - only rows with these; left out: all. */
export function rowsFrom(table: HomeTable, pair: TablePair, keys: Keys | undefined): string {
  return `${sourceOf(table)} t${conditionOf(pair, keys)}`;
}

function conditionOf({ columns, keyLength }: TablePair, keys: Keys | undefined): string {
  if (!keys) return '';
  const key = columns.slice(0, keyLength).map((column) => textOf(column));
  const values = keys.map((one) => `(${one.map(literal).join(', ')})`);
  return values.length === 0 ? ' where false' : ` where (${key.join(', ')}) in (${values.join(', ')})`;
}
