import type { NamedObject } from '../adoption-report.js';
import type { OwnerTransaction } from '../owner-transaction.js';

/** An object that can be moved to another schema: not an index, a row type, or a sequence owned by a column. */
export interface SchemaObject extends NamedObject {
  /** Identifies the object, also after it was moved: the OIDs of the system table and of its row. */
  readonly key: string;
  readonly classid: string;
  readonly objid: string;
  readonly schema: string;
  /** The name without the schema; of a function without the arguments. Not quoted. */
  readonly bareName: string;
  /** `r`, `p`, `v`, `m`, `f` or `S` of `pg_class`; `undefined` if it is not a relation. */
  readonly relkind: string | undefined;
  readonly isPartition: boolean;
  /** Of a table: its row-level security; of a view: whether it reads with the rights of its caller. */
  readonly security: 'none' | 'enabled' | 'forced' | 'invoker';
  /** A child of another table: by inheritance, or a partition. */
  readonly isChild: boolean;
  readonly owner: string;
  /** The current login owns the object, or is a member of its owner. */
  readonly isOwnedByLogin: boolean;
  /** PostgreSQL created it for a range type: its multirange, or a constructor, which belongs to the bootstrap superuser. */
  readonly isMadeForRange: boolean;
}

/** A dependency between two objects, by their keys. */
export interface Reference {
  readonly from: string;
  readonly to: string;
  /** `from` is a part of `to`: a partition, a statistics object, the constructors of a range. */
  readonly isPart: boolean;
}

// Objects with their own name in the schema depend on the schema directly (manual, 53.18 "pg_depend").
const OBJECTS = `
  select d.classid, d.objid
    from pg_catalog.pg_depend d
   where d.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass and d.deptype = 'n'
     and d.refobjid in (select oid from pg_catalog.pg_namespace where nspname = any($1))
     and d.classid not in ('pg_catalog.pg_extension'::pg_catalog.regclass, 'pg_catalog.pg_default_acl'::pg_catalog.regclass,
                           'pg_catalog.pg_publication_namespace'::pg_catalog.regclass)
     and not exists (select from pg_catalog.pg_depend e
                      where e.classid = d.classid and e.objid = d.objid
                        and (e.deptype = 'e' or (e.deptype in ('a', 'i') and e.refobjsubid > 0
                             and d.objid in (select s.oid from pg_catalog.pg_class s where s.relkind = 'S'))))`;

const DESCRIBED_OBJECTS = `
  with object as (${OBJECTS})
  select o.classid || '/' || o.objid as key, o.classid::text, o.objid::text, i.schema, i.type as kind, i.identity as name,
         coalesce(c.relname, r.proname, i.name, i.identity)::text as "bareName", c.relkind::text as relkind,
         coalesce(c.relispartition, false) as "isPartition",
         case when c.relkind = 'v' and c.reloptions && array['security_invoker=true', 'security_invoker=on'] then 'invoker'
              when c.relrowsecurity and c.relforcerowsecurity then 'forced' when c.relrowsecurity then 'enabled' else 'none' end as security,
         exists (select from pg_catalog.pg_inherits h where h.inhrelid = c.oid) as "isChild",
         pg_catalog.pg_get_userbyid(coalesce(w.refobjid, 10)) as owner,
         pg_catalog.pg_has_role(current_user, coalesce(w.refobjid, 10), 'usage') as "isOwnedByLogin",
         o.classid in ('pg_catalog.pg_type'::pg_catalog.regclass, 'pg_catalog.pg_proc'::pg_catalog.regclass)
           and exists (select from pg_catalog.pg_depend d where d.classid = o.classid and d.objid = o.objid
                          and d.deptype = 'i' and d.refclassid = 'pg_catalog.pg_type'::pg_catalog.regclass) as "isMadeForRange"
    from object o
   cross join lateral pg_catalog.pg_identify_object(o.classid, o.objid, 0) i
    left join pg_catalog.pg_class c on o.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and c.oid = o.objid
    left join pg_catalog.pg_proc r on o.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass and r.oid = o.objid
    left join pg_catalog.pg_shdepend w on w.classid = o.classid and w.objid = o.objid and w.objsubid = 0 and w.deptype = 'o'
         and w.dbid = (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database())
   order by o.objid`;

// Constraints, defaults, indexes, triggers, rules, row types and owned sequences count as the object they belong to.
const REFERENCES = `
  with recursive object as (${OBJECTS}),
  part as (
    select classid, objid, classid as partclass, objid as partid from object
    union
    select p.classid, p.objid, d.classid, d.objid
      from part p
      join pg_catalog.pg_depend d on d.refclassid = p.partclass and d.refobjid = p.partid and d.deptype in ('a', 'i')
     where not exists (select from object o where o.classid = d.classid and o.objid = d.objid)
       and d.classid in ('pg_catalog.pg_attrdef'::pg_catalog.regclass, 'pg_catalog.pg_constraint'::pg_catalog.regclass,
                         'pg_catalog.pg_trigger'::pg_catalog.regclass, 'pg_catalog.pg_rewrite'::pg_catalog.regclass,
                         'pg_catalog.pg_policy'::pg_catalog.regclass, 'pg_catalog.pg_class'::pg_catalog.regclass,
                         'pg_catalog.pg_type'::pg_catalog.regclass))
  select p.classid || '/' || p.objid as from, q.classid || '/' || q.objid as to,
         bool_or(d.deptype in ('a', 'i') and p.partclass = p.classid and p.partid = p.objid) as "isPart"
    from part p
    join pg_catalog.pg_depend d on d.classid = p.partclass and d.objid = p.partid
    join part q on q.partclass = d.refclassid and q.partid = d.refobjid
   where (p.classid, p.objid) <> (q.classid, q.objid)
   group by 1, 2`;

/** The objects of these schemas, without those of extensions, in the order of their creation. */
export async function readObjects(
  owner: OwnerTransaction,
  schemas: readonly string[],
): Promise<SchemaObject[]> {
  const rows = await owner.read<SchemaObject & { relkind: string | null }>(DESCRIBED_OBJECTS, [schemas]);
  return rows.map((row) => ({ ...row, relkind: row.relkind ?? undefined }));
}

export function readReferences(owner: OwnerTransaction, schemas: readonly string[]): Promise<Reference[]> {
  return owner.read<Reference>(REFERENCES, [schemas]);
}

/** Tables and partitioned tables without their partitions, so that every row is in exactly one of them. */
export function rootTables(objects: readonly SchemaObject[]): SchemaObject[] {
  return objects.filter(({ relkind, isPartition }) => (relkind === 'r' || relkind === 'p') && !isPartition);
}

/** Their identity contains the names of types, which move too, so these objects must move first. */
const NAMED_BY_TYPES = new Set(['function', 'procedure', 'aggregate', 'operator']);

/**
 * Statements that move objects to other schemas, in an order in which every name is still valid.
 *
 * @param quotedSchemaOf - where each object goes.
 */
export function moveStatements(
  objects: readonly SchemaObject[],
  quotedSchemaOf: (object: SchemaObject) => string,
): string[] {
  const isFirst = ({ kind }: SchemaObject) => NAMED_BY_TYPES.has(kind);
  const inOrder = [...objects.filter(isFirst), ...objects.filter((object) => !isFirst(object))];
  return inOrder.map(
    (object) => `alter ${sqlKind(object)} ${object.name} set schema ${quotedSchemaOf(object)}`,
  );
}

/** The keyword for this kind of object in ALTER statements. */
export function sqlKind({ kind }: NamedObject): string {
  return kind === 'statistics object' ? 'statistics' : kind;
}
