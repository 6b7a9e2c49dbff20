import { type Client, type HomeTable, nameOf } from './tables.js';

/** A primary key or a unique one, over the columns that are carried. The tenant's column is left out. */
export interface UniqueKey {
  readonly isPrimary: boolean;
  /** No column of it is ever NULL: it tells all rows apart. */
  readonly isWhole: boolean;
  /** NULLs count as equal. */
  readonly areNullsEqual: boolean;
  /** It is unique for each tenant, among those that share the table. */
  readonly isOfTenant: boolean;
  readonly columns: readonly string[];
}

/** Keys on a part of the rows, and on expressions, are left to PostgreSQL. */
const KEYS = `
  select pg_catalog.array_position($1::pg_catalog.regclass[], i.indrelid::pg_catalog.regclass) - 1 as "table",
         i.indisprimary as "isPrimary", i.indnullsnotdistinct as "areNullsEqual",
         pg_catalog.bool_and(a.attnotnull) as "isWhole",
         pg_catalog.array_agg(a.attname::text order by k.position) as columns
    from pg_catalog.pg_index i
   cross join lateral unnest(i.indkey) with ordinality k (number, position)
    join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.number
   where i.indrelid = any ($1::pg_catalog.regclass[]) and i.indisunique and i.indisvalid
     and i.indpred is null and i.indexprs is null and k.position <= i.indnkeyatts
   group by i.indexrelid, i.indrelid, i.indisprimary, i.indisreplident, i.indnullsnotdistinct
   order by i.indisprimary desc, i.indisreplident desc, i.indexrelid`;

/** The keys of each table: the primary one first, then the replica identity. */
export async function keysOf(
  client: Client,
  tables: readonly HomeTable[],
): Promise<readonly (readonly UniqueKey[])[]> {
  const { rows } = await client.query<UniqueKey & { table: number }>(KEYS, [tables.map(nameOf)]);
  return tables.map(({ columns: carried, hasTenant }, index) =>
    rows
      .filter(({ table }) => table === index)
      .map(({ table: _, columns, ...key }) => {
        const isOfTenant = hasTenant && columns.includes('tenant_id');
        return {
          ...key,
          isOfTenant,
          columns: columns.filter((name) => !isOfTenant || name !== 'tenant_id'),
        };
      })
      .filter(({ columns }) => columns.every((name) => carried.some((column) => column.name === name))),
  );
}
