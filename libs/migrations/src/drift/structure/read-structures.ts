import pg from 'pg';
import { inBatches } from './batches.js';
import { OBJECTS_SQL } from './object-queries.js';
import type { StructureObject } from './structure-object.js';

/** Runs a statement and returns its rows. */
export type StructureQuery = (text: string, values: unknown[]) => Promise<unknown>;

export interface StructureOptions {
  /**
   * Schemas besides the home that are in the search path of some connection. PostgreSQL omits the names of schemas in the
   * search path, so the same definition reads differently on another connection. To make definitions comparable, these names
   * are always removed. Default `public`.
   */
  readonly otherSchemas?: readonly string[];
  /**
   * Whether a definition lists the objects of those schemas that it uses. False when the compared tables are in such a schema
   * themselves. Default true.
   */
  readonly listsUses?: boolean;
}

/** How many schemas one statement reads: enough to make round trips cheap, few enough for the server's memory. */
const BATCH_SIZE = 200;

/** The objects of other schemas that a definition uses, in a form from which the schema name is not removed. */
const USES = `(select string_agg(distinct format('%I in %I', u.name, n.nspname) collate "C", ', '
                      order by format('%I in %I', u.name, n.nspname) collate "C")
  from pg_catalog.pg_depend d
  cross join lateral (
    select c.relname as name, c.relnamespace as namespace from pg_catalog.pg_class c
     where d.refclassid = 'pg_class'::regclass and c.oid = d.refobjid and c.relkind not in ('i', 'I')
    union all
    select t.typname, t.typnamespace from pg_catalog.pg_type t
     where d.refclassid = 'pg_type'::regclass and t.oid = d.refobjid
    union all
    select p.proname, p.pronamespace from pg_catalog.pg_proc p
     where d.refclassid = 'pg_proc'::regclass and p.oid = d.refobjid) u
  join pg_catalog.pg_namespace n on n.oid = u.namespace
 where d.classid = o.dependent_class and d.objid = o.dependent and d.objsubid = o.dependent_column
   and n.nspname = any($2) and u.namespace <> o.home)`;

/**
 * SQL: the definition of a function, in which the path of its home reads the same for every home. `set search_path from
 * current` stores the names of the schemas that the path had.
 *
 * @param definition - SQL.
 * @param isOwnSchema - whether the home is a schema of its own. Elsewhere its path consists of the schemas `$2`, so these are
 *   left out there, and in what it is compared with.
 */
function withHomePath(definition: string, isOwnSchema: boolean): string {
  const own = 'e.name = quote_literal(h.nspname)';
  const kept = isOwnSchema
    ? 'true'
    : `not (${own} or e.name in (select quote_literal(s) from unnest($2::text[]) as s))`;
  return `case when o.kind not in ('function', 'procedure') then ${definition}
    else regexp_replace(${definition}, '^ SET search_path TO .*$', ' SET search_path TO ' || (
      select coalesce(string_agg(case when ${own} then 'the home' else e.name end, ', ' order by e.place) filter (where ${kept}), '')
        from regexp_split_to_table(substring(o.definition from '(?n)^ SET search_path TO (.*)$'), ', ')
             with ordinality as e (name, place)), 'n') end`;
}

/** `described`: the objects of the schemas `$1`, without the names of their own schema and of the schemas `$2`. */
function describedSql({ otherSchemas = ['public'], listsUses = true }: StructureOptions): string {
  const stripped = (text: string) =>
    otherSchemas.reduce(
      (inner, schema) => `replace(${inner}, quote_ident(${pg.escapeLiteral(schema)}) || '.', '')`,
      `replace(${text}, h.prefix, '')`,
    );
  const definition = withHomePath('o.definition', listsUses);
  return `${OBJECTS_SQL}, described as (
    select h.nspname as schema, o.kind, o."table", ${stripped('o.name')} as name,
           concat_ws(E'\\n', ${stripped(`concat_ws(E'\\n', ${definition}, 'comment: ' || c.description)`)},
                     'uses ' || case when ${listsUses} then ${USES} end) as definition
      from objects o join homes h on h.oid = o.home
      left join pg_catalog.pg_description c on c.classoid = o.class and c.objoid = o.oid and c.objsubid = o."column"
  )`;
}

/**
 * Describes the structure of schemas as a sorted list of objects: tables, columns, defaults, constraints, indexes, sequences,
 * views, functions, triggers, policies, rules, types, statistics, and their comments. Not included are rows, owners,
 * privileges, the order of columns, operators, collations and text search dictionaries.
 *
 * @returns no entry for a schema that does not exist or is empty.
 */
export async function readStructures(
  query: StructureQuery,
  schemas: readonly string[],
  options: StructureOptions = {},
): Promise<ReadonlyMap<string, readonly StructureObject[]>> {
  const structures = new Map<string, StructureObject[]>();
  for (const batch of inBatches(schemas, BATCH_SIZE)) {
    const rows = (await query(
      `with ${describedSql(options)}
       select schema, kind, "table", name, definition from described
        order by schema collate "C", kind collate "C", name collate "C"`,
      [batch, options.otherSchemas ?? ['public']],
    )) as { schema: string; kind: string; table: string | null; name: string; definition: string }[];
    for (const { schema, table, ...object } of rows) {
      const objects = structures.get(schema) ?? [];
      structures.set(schema, objects);
      objects.push({ ...object, table: table ?? undefined });
    }
  }
  return structures;
}

/**
 * A hash of the structure that {@link readStructures} describes, for each schema. The server computes it, so thousands of
 * schemas cost little traffic. Compare only fingerprints that were read with the same options.
 *
 * @returns no entry for a schema that does not exist or is empty.
 */
export async function fingerprintsOf(
  query: StructureQuery,
  schemas: readonly string[],
  options: StructureOptions = {},
): Promise<ReadonlyMap<string, string>> {
  const fingerprints = new Map<string, string>();
  for (const batch of inBatches(schemas, BATCH_SIZE)) {
    const rows = (await query(
      `with ${describedSql(options)}
       select schema, md5(string_agg(concat_ws(E'\\t', kind, name, definition), E'\\n'
                                     order by kind collate "C", name collate "C", definition collate "C")) as fingerprint
         from described group by schema`,
      [batch, options.otherSchemas ?? ['public']],
    )) as { schema: string; fingerprint: string }[];
    for (const { schema, fingerprint } of rows) fingerprints.set(schema, fingerprint);
  }
  return fingerprints;
}
