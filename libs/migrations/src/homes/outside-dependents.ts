import type pg from 'pg';

/** An object that DROP … CASCADE of a home would drop, and that is not in the home. */
export interface OutsideDependent {
  /** Its kind and its name with the schema, as PostgreSQL identifies it: `view reports.monthly`. */
  readonly name: string;
  /** What it uses of the home, named likewise. */
  readonly uses: string;
}

/** System catalog and row, by OID. */
export interface ObjectAddress {
  readonly classid: string;
  readonly objid: string;
}

type Read = <Row extends pg.QueryResultRow>(text: string, values: readonly unknown[]) => Promise<Row[]>;

/**
 * What follows an object when it is dropped belongs to it (manual, 53.18 "pg_depend": automatic, internal and extension
 * dependencies), but for tables: a partition may be in another schema. Casts and transforms are in no schema, and belong to their
 * types. What else only a CASCADE drops is outside.
 */
const DEPENDENTS = `
  with recursive inside (classid, objid) as (
    select * from unnest($1::oid[], $2::oid[])
    union
    select d.classid, d.objid
      from inside i
      join pg_catalog.pg_depend d on d.refclassid = i.classid and d.refobjid = i.objid
      left join pg_catalog.pg_class c on d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and c.oid = d.objid
     where case when i.classid = 'pg_catalog.pg_namespace'::pg_catalog.regclass then d.deptype in ('n', 'a')
                when d.classid in ('pg_catalog.pg_cast'::pg_catalog.regclass, 'pg_catalog.pg_transform'::pg_catalog.regclass) then true
                else d.deptype in ('a', 'i', 'P', 'S', 'e') and c.relkind is distinct from 'r' and c.relkind is distinct from 'p'
                     and c.relkind is distinct from 'f' end)
  select distinct pg_catalog.concat(t.type, ' ', t.identity) as name, pg_catalog.concat(u.type, ' ', u.identity) as uses
    from inside i
    join pg_catalog.pg_depend d on d.refclassid = i.classid and d.refobjid = i.objid and d.deptype <> 'x'
    left join inside known on known.classid = d.classid and known.objid = d.objid
    left join pg_catalog.pg_rewrite w on d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass and w.oid = d.objid and w.rulename = '_RETURN'
    left join pg_catalog.pg_class c on d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and c.oid = d.objid
   cross join lateral pg_catalog.pg_identify_object(
           case when w.oid is null then d.classid else 'pg_catalog.pg_class'::pg_catalog.regclass end, coalesce(w.ev_class, d.objid),
           case when c.relkind in ('r', 'p', 'f') then d.objsubid else 0 end) t
   cross join lateral pg_catalog.pg_identify_object(d.refclassid, d.refobjid, 0) u
   where known.objid is null and not exists (select from inside v where v.objid = w.ev_class)
   order by 1, 2`;

/** What depends on these objects from outside of them. */
export function dependentsOf(
  read: Read,
  objects: readonly ObjectAddress[],
): Promise<readonly OutsideDependent[]> {
  return read<OutsideDependent & pg.QueryResultRow>(DEPENDENTS, [
    objects.map(({ classid }) => classid),
    objects.map(({ objid }) => objid),
  ]);
}

/** What depends on the objects in a schema from outside of it. */
export async function dependentsOfSchema(read: Read, schema: string): Promise<readonly OutsideDependent[]> {
  const found = await read<ObjectAddress & pg.QueryResultRow>(
    "select 'pg_catalog.pg_namespace'::pg_catalog.regclass::oid as classid, oid as objid from pg_catalog.pg_namespace where nspname = $1",
    [schema],
  );
  return dependentsOf(read, found);
}

/** Each dependent once, with all that it uses. */
export function together(dependents: readonly OutsideDependent[]): OutsideDependent[] {
  const uses = new Map<string, string[]>();
  for (const { name, uses: used } of dependents) uses.set(name, [...(uses.get(name) ?? []), used]);
  return [...uses].map(([name, all]) => ({ name, uses: all.join(', ') }));
}
