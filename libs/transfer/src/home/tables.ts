import type { Tenant } from '@rowhouse/core';
import { HOLDS_ROWS_OF_TENANTS, ROW_POLICIES, type ScriptStatement } from '@rowhouse/core/internal';
import pg from 'pg';

const { escapeIdentifier: quote } = pg;

export type Client = Pick<pg.ClientBase, 'query'>;

/** A table with rows of a tenant, and the columns that rows are written to: not those which are generated. */
export interface HomeTable {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly isPartitioned: boolean;
  /** Policies of the application decide which of its rows are read or written. */
  readonly isFiltered: boolean;
  /** Policies bind its owner too. */
  readonly isForced: boolean;
  /** Policies bind the role that asked. */
  readonly isSecured: boolean;
  /** Its name without the schema leads to it, on the connection that asked. */
  readonly isVisible: boolean;
  /** Its column `tenant_id` says whose rows these are. */
  readonly hasTenant: boolean;
  readonly columns: readonly {
    readonly name: string;
    readonly type: string;
    /** Its values are numbers of large objects. */
    readonly isLargeObject?: true | undefined;
  }[];
}

/** Its schema and name, for SQL. */
export function nameOf({ schema, name }: Pick<HomeTable, 'schema' | 'name'>): string {
  return `${quote(schema)}.${quote(name)}`;
}

/** For FROM: without the rows of tables that inherit from it, which are read as their own. */
export function sourceOf(table: HomeTable): string {
  return `${table.isPartitioned ? '' : 'only '}${nameOf(table)}`;
}

/**
 * As {@link sourceOf}, for the connection that asked for the table. Where its name alone leads there the text is the same for all tenants,
 * and what there is to know of a text is found out once.
 */
export function visibleSourceOf(table: HomeTable): string {
  return table.isVisible ? `${table.isPartitioned ? '' : 'only '}${quote(table.name)}` : sourceOf(table);
}

/** Names of tables of which policies of the application decide which rows are read. */
export function filteredOf(tables: readonly HomeTable[]): readonly string[] {
  return tables.filter(({ isFiltered }) => isFiltered).map(({ name }) => name);
}

/** The name of a table that is in two schemas; `undefined` when none is. */
export function nameTwiceIn(tables: readonly HomeTable[]): string | undefined {
  const names = tables.map(({ name }) => name);
  return names.find((name, index) => names.indexOf(name) !== index);
}

const HAS_TENANT_POLICY = `exists (
    select from pg_catalog.pg_policy p where p.polrelid = c.oid and p.polname = $2)`;

/** Policies besides those of Rowhouse, for the role that asks. */
const HAS_OTHER_POLICIES = `exists (
    select from pg_catalog.pg_policy p
     where p.polrelid = c.oid and p.polname not in ($2, $4)
       and exists (select from unnest(p.polroles) role where role = 0 or pg_catalog.pg_has_role(current_user, role, 'usage')))`;

/** The column says whose rows these are, by a default of its own: it is not carried elsewhere. */
const IS_TENANT_COLUMN = `a.attname = 'tenant_id' and (${HAS_TENANT_POLICY} or exists (
    select from pg_catalog.pg_attrdef d where d.adrelid = a.attrelid and d.adnum = a.attnum
       and pg_catalog.strpos(pg_catalog.pg_get_expr(d.adbin, d.adrelid), 'rowhouse.tenant_id') > 0))`;

/**
 * The column `a` is declared to hold numbers of large objects: its type is `lo` or another domain over oid, or it is oid, and its comment
 * has the word.
 */
const HOLDS_LARGE_OBJECTS = `case
    when a.atttypid = 'pg_catalog.oid'::pg_catalog.regtype
      then coalesce(pg_catalog.col_description(a.attrelid, a.attnum) ~ '@largeObject\\M', false)
    when y.typtype = 'd' then exists (
      with recursive base(oid) as (
        select y.typbasetype union all
        select t.typbasetype from pg_catalog.pg_type t join base b on b.oid = t.oid where t.typtype = 'd')
      select from base where oid = 'pg_catalog.oid'::pg_catalog.regtype)
    else false end`;

/** The relation `c` is in the schema `$1`. There is an index for this, and none by `relnamespace`: it matters among thousands of tenants. */
export const IN_SCHEMA = `c.oid = any (array(
    select d.objid from pg_catalog.pg_depend d
     where d.refclassid = 'pg_catalog.pg_namespace'::pg_catalog.regclass
       and d.refobjid = pg_catalog.to_regnamespace(pg_catalog.quote_ident($1))
       and d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass))`;

const tablesWhere = (which: string) => `
  select c.oid, n.nspname::text as schema, c.relname::text as name, c.relkind = 'p' as "isPartitioned",
         pg_catalog.row_security_active(c.oid) and (${HAS_OTHER_POLICIES} or not ${HAS_TENANT_POLICY}) as "isFiltered",
         c.relforcerowsecurity as "isForced", pg_catalog.row_security_active(c.oid) as "isSecured",
         pg_catalog.pg_table_is_visible(c.oid) as "isVisible",
         exists (select from pg_catalog.pg_attribute a
                  where a.attrelid = c.oid and not a.attisdropped and ${IS_TENANT_COLUMN}) as "hasTenant",
         coalesce((select jsonb_agg(jsonb_build_object('name', a.attname::text, 'type', pg_catalog.format_type(a.atttypid, a.atttypmod))
                                    || case when ${HOLDS_LARGE_OBJECTS} then '{"isLargeObject": true}'::jsonb else '{}' end order by a.attnum)
                     from pg_catalog.pg_attribute a join pg_catalog.pg_type y on y.oid = a.atttypid
                    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
                      and not (${IS_TENANT_COLUMN})), '[]') as columns
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
   where ${which}
     and c.relname <> all ($3::name[])
     and not exists (select from pg_catalog.pg_depend d where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                        and d.objid = c.oid and d.deptype = 'e')
   order by n.nspname, c.relname`;

// Both have the same parameters: one that is not used has its type named.
const SHARED_TABLES = tablesWhere(`${HOLDS_ROWS_OF_TENANTS} and $1::pg_catalog.text is not null`);
const OWN_TABLES = tablesWhere(`c.relkind in ('r', 'p') and not c.relispartition and ${IN_SCHEMA}`);
const THESE_TABLES = tablesWhere('c.oid = any ($1::pg_catalog.oid[])');

/**
 * What answers with a {@link HomeTable} for each table of a tenant, by name.
 *
 * @param schema - of the home. With isolation `row` it is ignored: tables with the tenant policy count.
 * @param except - names of tables that are left out.
 */
export function tablesQuery(
  { isolation }: Pick<Tenant, 'isolation'>,
  schema: string,
  except: readonly string[],
): ScriptStatement {
  return {
    text: isolation === 'row' ? SHARED_TABLES : OWN_TABLES,
    values: [schema, ROW_POLICIES.tenant, except, ROW_POLICIES.system],
  };
}

/** What answers with a {@link HomeTable} for each of these. */
export function theseTablesQuery(oids: readonly number[]): ScriptStatement {
  return { text: THESE_TABLES, values: [oids, ROW_POLICIES.tenant, [], ROW_POLICIES.system] };
}

/** The tables of a tenant, as {@link tablesQuery} says. */
export async function tablesOf(
  client: Client,
  tenant: Pick<Tenant, 'isolation'>,
  schema: string,
  except: readonly string[],
): Promise<readonly HomeTable[]> {
  const { text, values } = tablesQuery(tenant, schema, except);
  return (await client.query<HomeTable>(text, values as unknown[])).rows;
}
