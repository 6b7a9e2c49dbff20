import type { Finding } from '../finding.js';
import { findingOfMember, INFORMATION_SCHEMA_FUNCTIONS, POSTGRES_REVIEWED } from './reviewed-functions.js';

export type Query = (text: string, values: readonly unknown[]) => Promise<{ rows: unknown[] }>;

/** A function of the database that is not the app's own, by its schema and name: overloads are one. */
export interface ForeignFunction {
  readonly schema: string;
  readonly name: string;
  /** `null`: it belongs to no extension. */
  readonly extension: string | null;
}

/** Types that nobody can have a value of: the server refuses a call with one (manual, 8.21). */
const UNCALLABLE = `
  'pg_catalog.internal'::pg_catalog.regtype = any (p.proargtypes)
  or p.prorettype = any ('{trigger,event_trigger,internal,language_handler,fdw_handler,tsm_handler,index_am_handler,table_am_handler}'::pg_catalog.regtype[])`;

/**
 * All functions that belong to an extension; of pg_catalog and information_schema, those that are on no list
 * ($1, $2); and those in C without an extension, which only a superuser can have made, of anything. One look at pg_proc:
 * the functions of the app and its tenants, however many, are passed over by their language.
 */
const FOREIGN_FUNCTIONS = `
  select distinct n.nspname::text as schema, p.proname::text as name, m.extname::text as extension
    from pg_catalog.pg_proc p
    join pg_catalog.pg_namespace n on n.oid = p.pronamespace
    join pg_catalog.pg_language l on l.oid = p.prolang
    left join (select d.objid, e.extname from pg_catalog.pg_depend d
                 join pg_catalog.pg_extension e on e.oid = d.refobjid
                where d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass
                  and d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and d.deptype = 'e') m on m.objid = p.oid
   where case when m.extname is not null then true
              when n.nspname = 'pg_catalog' then p.proname <> all ($1::name[])
              when n.nspname = 'information_schema' then p.proname <> all ($2::name[])
              else l.lanname = any ('{c,internal}'::name[]) end
     and not (${UNCALLABLE})`;

export async function readForeignFunctions(query: Query): Promise<readonly ForeignFunction[]> {
  const { rows } = await query(FOREIGN_FUNCTIONS, [POSTGRES_REVIEWED, [...INFORMATION_SCHEMA_FUNCTIONS]]);
  return rows as ForeignFunction[];
}

/** Why a tenant may not call the function; `undefined` where it was reviewed and may. */
export function findingOfForeign({ schema, name, extension }: ForeignFunction): Finding | undefined {
  if (extension !== null) return findingOfMember(extension, name);
  const whose =
    schema === 'pg_catalog' || schema === 'information_schema'
      ? 'is newer than what was reviewed of PostgreSQL'
      : 'is written in C and belongs to no extension';
  return { rule: 'unreviewed-function', detail: `${schema}.${name}() ${whose}` };
}
