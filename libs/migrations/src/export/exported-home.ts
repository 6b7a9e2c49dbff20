import { type Tenant } from '@rowhouse/core';
import { HOLDS_ROWS_OF_TENANTS, ROW_POLICIES } from '@rowhouse/core/internal';
import pg from 'pg';
import { MigrationConflictError } from '../errors.js';

import type { ExportedSequence } from './export-manifest.js';

const { escapeIdentifier: quote } = pg;

type Client = Pick<pg.ClientBase, 'query'>;

/** A table to export, with the query that reads each of its rows once. */
export interface TableSource {
  readonly name: string;
  readonly query: string;
}

// Besides the policy that keeps tenants apart, for the role that reads.
const HAS_OTHER_POLICIES = `exists (
    select from pg_catalog.pg_policy p
     where p.polrelid = c.oid and p.polname <> $3 and p.polcmd in ('*', 'r')
       and exists (select from unnest(p.polroles) role where role = 0 or pg_catalog.pg_has_role(current_user, role, 'usage')))`;

// Generated columns are left out, because they cannot be inserted again.
const TABLES = `
  select n.nspname::text as schema, c.relname::text as name, c.relkind = 'p' as "isPartitioned",
         case when $2 then ${HAS_OTHER_POLICIES} else pg_catalog.row_security_active(c.oid) end as "isFiltered",
         array(select a.attname::text from pg_catalog.pg_attribute a
                where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
                order by a.attnum) as columns
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
   where case when $2 then ${HOLDS_ROWS_OF_TENANTS}
              else c.relkind in ('r', 'p') and not c.relispartition and n.nspname = $1 end
   order by 1, 2`;

interface TableRow {
  readonly schema: string;
  readonly name: string;
  readonly isPartitioned: boolean;
  /** Policies of the application change which rows the tenant reads. */
  readonly isFiltered: boolean;
  readonly columns: readonly string[];
}

/**
 * @param schema - the schema of the home. With isolation `row` it is ignored: tables with the tenant policy are exported.
 * @throws {MigrationConflictError} when policies of the application would hide rows, or add rows of other tenants.
 */
export async function tablesOf(
  client: Client,
  { isolation }: Tenant,
  schema: string,
): Promise<TableSource[]> {
  const values = [schema, isolation === 'row', ROW_POLICIES.tenant];
  const { rows } = await client.query<TableRow>(TABLES, values);
  refuseFiltered(rows.filter(({ isFiltered }) => isFiltered).map(({ name }) => name));
  return rows.map(({ schema: of, name, isPartitioned, columns }) => ({
    name,
    query: `select ${columns.map(quote).join(', ')} from ${isPartitioned ? '' : 'only '}${quote(of)}.${quote(name)}`,
  }));
}

function refuseFiltered(tables: readonly string[]): void {
  if (tables.length === 0) return;
  throw new MigrationConflictError(
    `Policies of the application decide which rows of these tables are read, so an export could leave rows out, or hold rows of other tenants: ${tables.join(', ')}. ` +
      'Nothing was exported. Drop the policies (DROP POLICY), or where tenants do not share the tables turn them off (ALTER TABLE … DISABLE ROW LEVEL SECURITY), and export again.',
  );
}

export async function sequencesOf(
  client: Client,
  { isolation }: Tenant,
  schema: string,
): Promise<ExportedSequence[]> {
  if (isolation === 'row') return [];
  const { rows } = await client.query<{ name: string }>(
    `select c.relname::text as name from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where c.relkind = 'S' and n.nspname = $1 order by 1`,
    [schema],
  );
  const sequences: ExportedSequence[] = [];
  for (const { name } of rows) {
    const { rows: states } = await client.query<{ lastValue: string; isCalled: boolean }>(
      `select last_value::text as "lastValue", is_called as "isCalled" from ${quote(schema)}.${quote(name)}`,
    );
    sequences.push(...states.map((state) => ({ name, ...state })));
  }
  return sequences;
}
