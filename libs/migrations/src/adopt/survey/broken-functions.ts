import { TENANT_COLUMN } from '@rowhouse/typeorm/internal';
import pg from 'pg';
import type { OwnerTransaction } from '../owner-transaction.js';
import type { SchemaObject } from './schema-objects.js';

/** A function that would fail with the column of the tenant in the tables. */
export interface BrokenFunction {
  /** As PostgreSQL identifies it: `function public.all_orders()`. */
  readonly name: string;
  /** PostgreSQL's reason. */
  readonly reason: string;
  readonly remedy: string;
}

interface SqlFunction {
  readonly oid: string;
  readonly name: string;
  readonly path: string | null;
  /** Its text is parsed, and its columns are settled. */
  readonly isParsed: boolean;
  /** The columns of the row that it returns. */
  readonly columns: string | null;
}

const FUNCTIONS = `
  select p.oid::text, pg_catalog.concat(i.type, ' ', i.identity) as name, p.prosqlbody is not null as "isParsed",
         (select substr(s.setting, length('search_path=') + 1) from unnest(p.proconfig) s(setting)
           where pg_catalog.starts_with(s.setting, 'search_path=')) as path,
         (select string_agg(pg_catalog.quote_ident(a.attname) || ' ' || pg_catalog.format_type(a.atttypid, a.atttypmod), ', ' order by a.attnum)
            from pg_catalog.pg_type t join pg_catalog.pg_attribute a on a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped
           where t.oid = p.prorettype) as columns
    from pg_catalog.pg_proc p
    join pg_catalog.pg_language l on l.oid = p.prolang and l.lanname = 'sql'
    join pg_catalog.pg_namespace n on n.oid = p.pronamespace
   cross join lateral pg_catalog.pg_identify_object('pg_catalog.pg_proc'::pg_catalog.regclass, p.oid, 0) i
   where n.nspname <> all('{pg_catalog,information_schema,rowhouse}') and p.prokind <> 'a'
     and not exists (select from pg_catalog.pg_depend d where d.objid = p.oid and d.deptype = 'e')
   order by 2`;

/**
 * Functions in SQL that PostgreSQL finds no fault with now, and would with one more column in the tables: their text lists the columns
 * of a row that they return. It tries that, and rolls back. Other languages are checked when a function is called only.
 */
export async function brokenFunctions(
  owner: OwnerTransaction,
  objects: readonly SchemaObject[],
): Promise<BrokenFunction[]> {
  const functions = await owner.read<SqlFunction>(FUNCTIONS);
  const sound: SqlFunction[] = [];
  for (const one of functions) if ((await faultOf(owner, one)) === undefined) sound.push(one);
  if (sound.length === 0) return [];
  return undone(owner, async () => {
    const tables = objects.filter(({ relkind, isChild }) => (relkind === 'r' || relkind === 'p') && !isChild);
    for (const { name } of tables)
      await owner.read(
        `alter table ${name} add column if not exists ${pg.escapeIdentifier(TENANT_COLUMN)} uuid`,
      );
    const broken: BrokenFunction[] = [];
    for (const one of sound) {
      const reason = await faultOf(owner, one);
      if (reason !== undefined) broken.push({ name: one.name, reason, remedy: remedyFor(one) });
    }
    return broken;
  });
}

function remedyFor({ isParsed, columns }: SqlFunction): string {
  const body = isParsed ? ' and a body in quotes in place of BEGIN ATOMIC' : '';
  const result = columns === null ? '' : `, or make it again with returns table (${columns})`;
  return `create or replace it with "select t.*" in place of the list of columns${body}${result}`;
}

/** What PostgreSQL finds wrong with a function, as when it is made. */
function faultOf(owner: OwnerTransaction, { oid, path }: SqlFunction): Promise<string | undefined> {
  return undone(owner, async () => {
    try {
      await owner.read(
        "select pg_catalog.set_config('check_function_bodies', 'on', true), pg_catalog.set_config('search_path', coalesce($1, pg_catalog.current_setting('search_path')), true)",
        [path],
      );
      await owner.read('select pg_catalog.fmgr_sql_validator($1)', [oid]);
      return undefined;
    } catch (error) {
      if (!(error instanceof pg.DatabaseError)) throw error;
      return [error.message, error.detail?.replace(/\.$/, '')].filter(Boolean).join(': ');
    }
  });
}

/** Rolls back what `work` did. */
async function undone<T>(owner: OwnerTransaction, work: () => Promise<T>): Promise<T> {
  await owner.read('savepoint before_trial');
  const result = await work();
  await owner.read('rollback to savepoint before_trial');
  await owner.read('release savepoint before_trial');
  return result;
}
