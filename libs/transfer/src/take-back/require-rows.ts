import { copyRowsOf } from '../copy/copy-rows.js';
import { copyOut } from '../copy/copy-streams.js';
import { type Keys, rowsFrom } from '../diff/read-rows.js';
import { pairTables, type Side, type TablePair } from '../diff/table-pairs.js';
import { RowNotFoundError } from '../errors.js';
import { textOf } from '../home/comparable.js';
import type { HomeTable } from '../home/tables.js';

/** Keys that a message names. */
const NAMED = 20;

/** @throws {RowNotFoundError} for keys that neither of the tenants has: they are misspelt. */
export async function requireRows(home: Side, there: Side, keys: ReadonlyMap<string, Keys>): Promise<void> {
  const missing: string[] = [];
  for (const pair of await pairTables(home, there)) {
    const wanted = keys.get(pair.name);
    if (!wanted) continue;
    const found = new Set<string>();
    await addKeys(found, home, pair.before, pair, wanted);
    await addKeys(found, there, pair.after, pair, wanted);
    missing.push(
      ...wanted
        .filter((key) => !found.has(JSON.stringify(key)))
        .map((key) => `${pair.name}:${key.join(',')}`),
    );
  }
  if (missing.length === 0) return;
  const more = missing.length > NAMED ? ` and ${missing.length - NAMED} more` : '';
  throw new RowNotFoundError(
    `Neither of the tenants has these rows: ${missing.slice(0, NAMED).join('; ')}${more}. Nothing was changed. Give the values of the key in its order, as rowhouse diff shows them.`,
  );
}

async function addKeys(
  found: Set<string>,
  { client }: Side,
  table: HomeTable,
  pair: TablePair,
  wanted: Keys,
): Promise<void> {
  const key = pair.columns.slice(0, pair.keyLength).map((column) => textOf(column));
  const select = `select ${key.join(', ')} from ${rowsFrom(table, pair, wanted)}`;
  for await (const row of copyRowsOf(copyOut(client, select))) found.add(JSON.stringify(row));
}
