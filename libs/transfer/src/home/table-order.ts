import { type Client, type HomeTable, nameOf } from './tables.js';

const REFERENCES = `
  select pg_catalog.array_position($1::pg_catalog.regclass[], k.conrelid::pg_catalog.regclass) - 1 as "from",
         pg_catalog.array_position($1::pg_catalog.regclass[], k.confrelid::pg_catalog.regclass) - 1 as "to"
    from pg_catalog.pg_constraint k
   where k.contype = 'f' and k.conparentid = 0 and k.conrelid <> k.confrelid
     and k.conrelid = any ($1::pg_catalog.regclass[]) and k.confrelid = any ($1::pg_catalog.regclass[])`;

/** The tables, those that others refer to first. Of tables that refer to each other in a circle one is as good as another. */
export async function inOrder(client: Client, tables: readonly HomeTable[]): Promise<readonly HomeTable[]> {
  const { rows: references } = await client.query<{ from: number; to: number }>(REFERENCES, [
    tables.map(nameOf),
  ]);
  const ordered: HomeTable[] = [];
  const left = new Set(tables.keys());
  const isFree = (index: number) => !references.some(({ from, to }) => from === index && left.has(to));
  while (left.size > 0) {
    const free = [...left].filter(isFree);
    const next = free.length > 0 ? free : [...left].slice(0, 1);
    for (const index of next) left.delete(index);
    ordered.push(...next.map((index) => tables[index] as HomeTable));
  }
  return ordered;
}
