import type { Tenant } from '@rowhouse/core';
import { HOLDS_ROWS_OF_TENANTS, ROW_POLICIES } from '@rowhouse/core/internal';
import pg from 'pg';

const { escapeIdentifier: quote } = pg;

export type Client = Pick<pg.ClientBase, 'query'>;

/** A table with rows of a tenant, and the columns that rows are written to: not those which are generated. */
export interface HomeTable {
  readonly schema: string;
  readonly name: string;
  readonly isPartitioned: boolean;
  /** Policies of the application decide which of its rows are read or written. */
  readonly isFiltered: boolean;
  /** Policies bind its owner too. */
  readonly isForced: boolean;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
}

/** Its schema and name, for SQL. */
export function nameOf({ schema, name }: Pick<HomeTable, 'schema' | 'name'>): string {
  return `${quote(schema)}.${quote(name)}`;
}

const HAS_TENANT_POLICY = `exists (
    select from pg_catalog.pg_policy p where p.polrelid = c.oid and p.polname = $3)`;

/** Policies besides those of Rowhouse, for the role that asks. */
const HAS_OTHER_POLICIES = `exists (
    select from pg_catalog.pg_policy p
     where p.polrelid = c.oid and p.polname not in ($3, $5)
       and exists (select from unnest(p.polroles) role where role = 0 or pg_catalog.pg_has_role(current_user, role, 'usage')))`;

/** The column says whose rows these are, by a default of its own: it is not carried elsewhere. */
const IS_TENANT_COLUMN = `a.attname = 'tenant_id' and (${HAS_TENANT_POLICY} or exists (
    select from pg_catalog.pg_attrdef d where d.adrelid = a.attrelid and d.adnum = a.attnum
       and pg_catalog.strpos(pg_catalog.pg_get_expr(d.adbin, d.adrelid), 'rowhouse.tenant_id') > 0))`;

const TABLES = `
  select n.nspname::text as schema, c.relname::text as name, c.relkind = 'p' as "isPartitioned",
         pg_catalog.row_security_active(c.oid) and (${HAS_OTHER_POLICIES} or not ${HAS_TENANT_POLICY}) as "isFiltered",
         c.relforcerowsecurity as "isForced",
         coalesce((select jsonb_agg(jsonb_build_object('name', a.attname::text, 'type', pg_catalog.format_type(a.atttypid, a.atttypmod)) order by a.attnum)
                     from pg_catalog.pg_attribute a
                    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
                      and not (${IS_TENANT_COLUMN})), '[]') as columns
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
   where case when $2 then ${HOLDS_ROWS_OF_TENANTS}
              else c.relkind in ('r', 'p') and not c.relispartition and n.nspname = $1 end
     and c.relname <> all ($4::name[])
     and not exists (select from pg_catalog.pg_depend d where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
                        and d.objid = c.oid and d.deptype = 'e')
   order by n.nspname, c.relname`;

/**
 * The tables of a tenant, by name.
 *
 * @param schema - of the home. With isolation `row` it is ignored: tables with the tenant policy count.
 * @param except - names of tables that are left out.
 */
export async function tablesOf(
  client: Client,
  { isolation }: Pick<Tenant, 'isolation'>,
  schema: string,
  except: readonly string[],
): Promise<readonly HomeTable[]> {
  const { rows } = await client.query<HomeTable>(TABLES, [
    schema,
    isolation === 'row',
    ROW_POLICIES.tenant,
    except,
    ROW_POLICIES.system,
  ]);
  return rows;
}
