import type pg from 'pg';
import { keysOf } from '../home/keys.js';
import type { HomeTable } from '../home/tables.js';

/** The tables of a home, on a connection that reads them as they were at one moment. */
export interface Side {
  readonly client: pg.ClientBase;
  readonly tables: readonly HomeTable[];
}

/** A table that both homes have. */
export interface TablePair {
  readonly name: string;
  readonly before: HomeTable;
  readonly after: HomeTable;
  /** Columns that both have: those of the key first. */
  readonly columns: readonly string[];
  /** How many of the columns are the key; 0 for a table without one. */
  readonly keyLength: number;
  readonly columnsOnlyBefore: readonly string[];
  readonly columnsOnlyAfter: readonly string[];
}

/** Whose rows these are: the column that row tenants have, and that is the same in all rows of one tenant. */
const TENANT_COLUMN = 'tenant_id';

/** The tables that both sides have, in the order of the first. */
export async function pairTables(before: Side, after: Side): Promise<readonly TablePair[]> {
  const keys = [await wholeKeysOf(before), await wholeKeysOf(after)] as const;
  const pairs: TablePair[] = [];
  for (const [index, table] of before.tables.entries()) {
    const other = after.tables.findIndex(({ name }) => name === table.name);
    const twin = after.tables[other];
    if (twin) pairs.push(pairOf(table, twin, keys[0][index] ?? [], keys[1][other] ?? []));
  }
  return pairs;
}

function pairOf(
  before: HomeTable,
  after: HomeTable,
  keys: readonly Key[],
  others: readonly Key[],
): TablePair {
  const [mine, theirs] = [namesOf(before), namesOf(after)];
  const common = mine.filter((name) => theirs.includes(name));
  const usable = (key: Key) => key.filter((name) => name !== TENANT_COLUMN || common.includes(name));
  const known = others.map((key) => String([...usable(key)].sort()));
  const key =
    keys
      .map(usable)
      .find(
        (one) =>
          one.length > 0 &&
          one.every((name) => common.includes(name)) &&
          known.includes(String([...one].sort())),
      ) ?? [];
  return {
    name: before.name,
    before,
    after,
    columns: [...key, ...common.filter((name) => !key.includes(name))],
    keyLength: key.length,
    columnsOnlyBefore: mine.filter((name) => !common.includes(name)),
    columnsOnlyAfter: theirs.filter((name) => !common.includes(name)),
  };
}

type Key = readonly string[];

const namesOf = ({ columns }: HomeTable) => columns.map(({ name }) => name);

/** The keys that tell all rows apart. */
async function wholeKeysOf({ client, tables }: Side): Promise<readonly (readonly Key[])[]> {
  const keys = await keysOf(client, tables);
  return keys.map((some) => some.filter(({ isWhole }) => isWhole).map(({ columns }) => columns));
}
