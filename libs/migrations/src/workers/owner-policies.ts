import { ROW_POLICIES } from '@rowhouse/core/internal';
import type pg from 'pg';

/** The tables of a schema with the policy of `@TenantEntity()`, by whether it binds their owner, too. */
const TABLES = `
  select c.oid::pg_catalog.regclass::text as name from pg_catalog.pg_class c
   where c.relnamespace = $1::text::pg_catalog.regnamespace and c.relrowsecurity and c.relforcerowsecurity = $2
     and exists (select from pg_catalog.pg_policy p where p.polrelid = c.oid and p.polname = $3)
   order by 1`;

async function tablesOf(owner: Pick<pg.ClientBase, 'query'>, schema: string, isBound: boolean) {
  const { rows } = await owner.query<{ name: string }>(TABLES, [schema, isBound, ROW_POLICIES.tenant]);
  return rows.map(({ name }) => name);
}

/**
 * Lets the owner of a tenant's tables see their rows: Citus copies them as their owner. Tenants do not own them, and are bound all the time.
 *
 * @param schema - quoted.
 */
export async function freeOwner(owner: Pick<pg.ClientBase, 'query'>, schema: string): Promise<void> {
  for (const table of await tablesOf(owner, schema, true))
    await owner.query(`alter table ${table} no force row level security`);
}

/** Takes {@link freeOwner} back, also where a process died before it had. */
export async function bindOwner(owner: Pick<pg.ClientBase, 'query'>, schema: string): Promise<void> {
  for (const table of await tablesOf(owner, schema, false))
    await owner.query(`alter table ${table} force row level security`);
}
