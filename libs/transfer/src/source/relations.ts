import type { Tenant } from '@rowhouse/core';
import { runScript, type ScriptStatement } from '@rowhouse/core/internal';
import type pg from 'pg';
import type { HomeSequence } from '../home/sequences.js';
import { type HomeTable, IN_SCHEMA, tablesQuery, theseTablesQuery } from '../home/tables.js';

/** What a tenant has. */
export interface Relations {
  readonly tables: readonly HomeTable[];
  /** None with isolation `row`, where they are everybody's. */
  readonly sequences: readonly HomeSequence[];
}

/** A table or a sequence of a home. */
interface Relation extends HomeTable {
  readonly isSequence?: boolean;
  /** A table of which there is more to know: its policies, whose rows it has, or whether it names large objects. */
  readonly isSpecial?: boolean;
}

/** Of a column `a`: it may hold numbers of large objects. */
const MAY_NAME_OBJECTS = `a.atttypid = 'pg_catalog.oid'::pg_catalog.regtype
    or (select y.typtype from pg_catalog.pg_type y where y.oid = a.atttypid) = 'd'`;

/** Of a tenant's own schema, in one statement that is quick to plan: that takes PostgreSQL longer than to run it. */
const RELATIONS = `
  select c.oid, $1::pg_catalog.text as schema, c.relname::text as name, c.relkind = 'S' as "isSequence", c.relkind = 'p' as "isPartitioned",
         false as "isFiltered", c.relforcerowsecurity as "isForced", s."isSecured", pg_catalog.pg_table_is_visible(c.oid) as "isVisible",
         false as "hasTenant", coalesce(a.columns, '[]') as columns, s."isSecured" or a."isSpecial" as "isSpecial"
    from pg_catalog.pg_class c
   cross join lateral (select pg_catalog.row_security_active(c.oid) as "isSecured") s
   cross join lateral (
     select jsonb_agg(jsonb_build_object('name', a.attname, 'type', pg_catalog.format_type(a.atttypid, a.atttypmod)) order by a.attnum) as columns,
            coalesce(pg_catalog.bool_or(a.attname = 'tenant_id' or ${MAY_NAME_OBJECTS}), false) as "isSpecial"
       from pg_catalog.pg_attribute a
      where c.relkind <> 'S' and a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '') a
   where c.relkind in ('r', 'p', 'S') and not c.relispartition and ${IN_SCHEMA}
     and case when c.relkind = 'S' then c.oid <> all (array(
           select d.objid from pg_catalog.pg_depend d
            where d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
              and d.deptype in ('a', 'i')
              and d.refobjid = any (array(select pg_catalog.to_regclass(pg_catalog.format('%I.%I', $1, n)) from unnest($2::text[]) n))))
         else c.relname <> all ($2::name[]) and c.oid <> all (array(
           select d.objid from pg_catalog.pg_depend d
            where d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass and d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
              and d.deptype = 'e')) end
   order by c.relname`;

/**
 * What answers with what {@link relationsOf} takes.
 *
 * @param except - names of tables that are left out, with their sequences.
 */
export function relationsQuery(
  tenant: Pick<Tenant, 'isolation'>,
  schema: string,
  except: readonly string[],
): ScriptStatement {
  return tenant.isolation === 'row'
    ? tablesQuery(tenant, schema, except)
    : { text: RELATIONS, values: [schema, except] };
}

/** Makes the tables and sequences of the answer. Most need no second question. */
export async function relationsOf(client: pg.ClientBase, answer: pg.QueryResult): Promise<Relations> {
  const found: readonly Relation[] = answer.rows;
  const special = found.filter(({ isSpecial }) => isSpecial).map(({ oid }) => oid);
  const asked = special.length === 0 ? [] : await runScript(client, [theseTablesQuery(special)]);
  const known = new Map<number, HomeTable>(
    asked.flatMap(({ rows }) => rows).map((table) => [table.oid, table]),
  );
  return {
    tables: found.filter(({ isSequence }) => !isSequence).map((table) => known.get(table.oid) ?? table),
    sequences: found.filter(({ isSequence }) => isSequence),
  };
}
