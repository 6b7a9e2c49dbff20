import pg from 'pg';
import { PLAIN_SETTINGS } from './plain-settings.js';
import type { Client } from './tables.js';

const { escapeIdentifier: quote } = pg;

/** {@link PLAIN_SETTINGS}, and those that values of two servers would differ by: equal values have equal texts. */
export const COMPARABLE_SETTINGS = `${PLAIN_SETTINGS}; set local timezone = 'UTC'; set local lc_monetary = 'C'`;

/** SQL: the text of a column. @param row - the name of the row in FROM. */
export function textOf(column: string, row = ''): string {
  return `${row === '' ? '' : `${row}.`}${quote(column)}::pg_catalog.text`;
}

/** SQL: one text for the columns of a row, the same for equal rows and for no others. */
export function rowTextOf(columns: readonly string[], row = ''): string {
  return joined(columns.map((column) => textOf(column, row)));
}

/** SQL: one text for texts, the same for equal ones and for no others. */
export function joined(texts: readonly string[]): string {
  return `(array[${texts.join(', ')}]::pg_catalog.text[])::pg_catalog.text`;
}

/** SQL: the SHA-256 of a text, as hexadecimal digits. */
export function hashOf(text: string): string {
  return `pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(${text}, 'UTF8')), 'hex')`;
}

/** Of rows in any order: equal for equal rows. Two servers get the same, if values are written in the same way. */
export interface Checksum {
  readonly rows: string;
  /** Two sums over 64 bits each of the hash of every row. */
  readonly sums: readonly [string, string];
}

/** The server reads the rows, and sends one line. @param from - what follows FROM, with the rows as `t`. */
export async function checksumOf(
  client: Client,
  columns: readonly string[],
  from: string,
): Promise<Checksum> {
  const sum = (start: number) =>
    `coalesce(pg_catalog.sum(('x' || pg_catalog.substr(h, ${start}, 16))::pg_catalog.bit(64)::pg_catalog.int8), 0)::pg_catalog.text`;
  const { rows } = await client.query<{ rows: string; first: string; second: string }>(
    `select pg_catalog.count(*)::pg_catalog.text as rows, ${sum(1)} as first, ${sum(17)} as second
       from (select ${hashOf(rowTextOf(columns, 't'))} as h from ${from}) hashed`,
  );
  const [{ rows: count, first, second }] = rows as [{ rows: string; first: string; second: string }];
  return { rows: count, sums: [first, second] };
}

export function isSameSum(one: Checksum, other: Checksum): boolean {
  return one.rows === other.rows && String(one.sums) === String(other.sums);
}
