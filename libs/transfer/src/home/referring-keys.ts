import { HOLDS_ROWS_OF_TENANTS, ROW_POLICIES } from '@rowhouse/core/internal';
import { type Client, type HomeTable, nameOf } from './tables.js';

/** A foreign key of any table to one of a home. */
export interface ReferringKey {
  readonly name: string;
  /** The table that refers, for SQL. */
  readonly table: string;
  /** The same, by its index among the tables that were asked for; `null` for another. */
  readonly from: number | null;
  readonly to: number;
  /** Columns of the one and of the other, pair by pair. */
  readonly columns: readonly string[];
  readonly referenced: readonly string[];
  /** Rows that refer go or change with a row that goes. */
  readonly onDelete: boolean;
  /** They change with one that changes. */
  readonly onUpdate: boolean;
  /** The table that refers holds rows of other tenants too. */
  readonly isShared: boolean;
  /** The system sees the rows of all tenants in it. */
  readonly isSeenBySystem: boolean;
  /** Whoever asks does. */
  readonly isSeen: boolean;
}

const IS_SYSTEM_POLICY = `p.polrelid = c.oid and p.polname = '${ROW_POLICIES.system}'`;

const REFERRING = `
  select k.conname::text as name, k.conrelid::pg_catalog.regclass::text as "table",
         pg_catalog.array_position($1::pg_catalog.regclass[], k.conrelid::pg_catalog.regclass) - 1 as "from",
         pg_catalog.array_position($1::pg_catalog.regclass[], k.confrelid::pg_catalog.regclass) - 1 as "to",
         array(select a.attname::text from unnest(k.conkey) with ordinality x (attnum, n)
                 join pg_catalog.pg_attribute a on a.attrelid = k.conrelid and a.attnum = x.attnum order by x.n) as columns,
         array(select a.attname::text from unnest(k.confkey) with ordinality x (attnum, n)
                 join pg_catalog.pg_attribute a on a.attrelid = k.confrelid and a.attnum = x.attnum order by x.n) as referenced,
         k.confdeltype in ('c', 'n', 'd') as "onDelete", k.confupdtype in ('c', 'n', 'd') as "onUpdate",
         ${HOLDS_ROWS_OF_TENANTS} as "isShared",
         exists (select from pg_catalog.pg_policy p where ${IS_SYSTEM_POLICY}) as "isSeenBySystem",
         not c.relrowsecurity or exists (
           select from pg_catalog.pg_policy p
            where ${IS_SYSTEM_POLICY}
              and exists (select from unnest(p.polroles) role where role <> 0 and pg_catalog.pg_has_role(current_user, role, 'usage'))) as "isSeen"
    from pg_catalog.pg_constraint k
    join pg_catalog.pg_class c on c.oid = k.conrelid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
   where k.contype = 'f' and k.conparentid = 0 and k.confrelid = any ($1::pg_catalog.regclass[])
   order by k.oid`;

/** The foreign keys of any table to these. */
export async function referringKeysOf(
  client: Client,
  tables: readonly HomeTable[],
): Promise<readonly ReferringKey[]> {
  return (await client.query<ReferringKey>(REFERRING, [tables.map(nameOf)])).rows;
}
