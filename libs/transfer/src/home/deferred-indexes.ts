import pg from 'pg';
import { type Client, type HomeTable, nameOf } from './tables.js';

const { escapeIdentifier: quote, escapeLiteral: literal } = pg;

/**
 * The indexes of a table that can be made again as they are: those that nothing needs or refers to, and whose definition says all of
 * them. An index that calls a function of the application stays: from PostgreSQL 17 such a function runs with another search path while
 * an index is made than while rows are written.
 */
const INDEXES = `
  select c.relname::text as name, n.nspname::text as schema, pg_catalog.pg_get_indexdef(i.indexrelid) as definition,
         pg_catalog.obj_description(i.indexrelid, 'pg_class') as comment,
         k.conname::text as "constraint", pg_catalog.pg_get_constraintdef(k.oid) as "constraintDefinition",
         pg_catalog.obj_description(k.oid, 'pg_constraint') as "constraintComment"
    from pg_catalog.pg_index i
    join pg_catalog.pg_class c on c.oid = i.indexrelid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    left join pg_catalog.pg_constraint k on k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x')
   where i.indrelid = pg_catalog.to_regclass($1) and c.relkind = 'i' and not c.relispartition
     and i.indisvalid and i.indisready and not i.indisreplident and not i.indisclustered and c.reltablespace = 0
     and not exists (select from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attstattarget >= 0)
     and not exists (select from pg_catalog.pg_depend d
                      where d.objid = c.oid and d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                        and (d.refclassid in ('pg_catalog.pg_proc'::pg_catalog.regclass, 'pg_catalog.pg_operator'::pg_catalog.regclass)
                             or d.deptype in ('e', 'x')))
     and not exists (select from pg_catalog.pg_depend d
                      where (d.refclassid, d.refobjid) in (('pg_catalog.pg_class'::pg_catalog.regclass, c.oid),
                                                           ('pg_catalog.pg_constraint'::pg_catalog.regclass, k.oid))
                        and d.deptype <> 'i')
   order by i.indexrelid`;

/** What one sort may take before it goes to disk; a larger setting of the server stays. */
const HAS_LITTLE_MEMORY = `select pg_catalog.pg_size_bytes(pg_catalog.current_setting('maintenance_work_mem')) < 268435456 as little`;
const SORT_MEMORY = "set local maintenance_work_mem = '256MB'";

interface Index {
  readonly name: string;
  readonly schema: string;
  readonly definition: string;
  readonly comment: string | null;
  readonly constraint: string | null;
  readonly constraintDefinition: string | null;
  readonly constraintComment: string | null;
}

/**
 * Takes the indexes of an empty table away, with the constraints that they enforce: many rows are written faster without them.
 *
 * @returns what makes them again, in the same transaction.
 */
export async function deferIndexes(client: Client, table: HomeTable): Promise<() => Promise<void>> {
  const name = nameOf(table);
  const { rows: indexes } = await client.query<Index>(INDEXES, [name]);
  for (const index of indexes)
    await client.query(
      index.constraint === null
        ? `drop index ${indexName(index)}`
        : `alter table ${name} drop constraint ${quote(index.constraint)}`,
    );
  return async () => {
    const { rows } = await client.query<{ little: boolean }>(HAS_LITTLE_MEMORY);
    if (rows[0]?.little) await client.query(SORT_MEMORY);
    for (const index of indexes) for (const text of creationOf(name, index)) await client.query(text);
  };
}

function* creationOf(table: string, index: Index): Generator<string> {
  const { constraint, constraintDefinition, constraintComment, definition, comment } = index;
  if (constraint === null) yield definition;
  else yield `alter table ${table} add constraint ${quote(constraint)} ${constraintDefinition}`;
  if (constraint !== null && constraintComment !== null)
    yield `comment on constraint ${quote(constraint)} on ${table} is ${literal(constraintComment)}`;
  if (comment !== null) yield `comment on index ${indexName(index)} is ${literal(comment)}`;
}

function indexName({ schema, name }: Index): string {
  return `${quote(schema)}.${quote(name)}`;
}
