import type { Owner } from './role-statements.js';
import { ROW_POLICIES } from './row-policies.js';

/** Tables of tenants' own schemas, those that are not in $1, whose policy compares with a setting. Workers of Citus do not get that. */
const POLICIES = `
  select c.oid::pg_catalog.regclass::text as name
    from pg_catalog.pg_policy p join pg_catalog.pg_class c on c.oid = p.polrelid
   where p.polname = $2 and not c.relnamespace = any($1::text[]::pg_catalog.regnamespace[])
     and pg_catalog.pg_has_role(c.relowner, 'USAGE') and pg_catalog.pg_get_expr(p.polqual, p.polrelid) like '%rowhouse.tenant_id%'
   order by 1`;

/**
 * Rewrites the policies in tenants' own schemas that were made before there was Citus, which refuses their form: it could neither
 * distribute these tables nor copy to workers what they refer to.
 */
export async function adaptPoliciesToWorkers(owner: Owner, sharedSchemas: readonly string[]): Promise<void> {
  const { rows } = await owner.query<{ name: string }>(POLICIES, [sharedSchemas, ROW_POLICIES.tenant]);
  const condition = ROW_POLICIES.isOwnRowOnWorkers;
  for (const { name } of rows)
    await owner.query(
      `alter policy ${ROW_POLICIES.tenant} on ${name} using (${condition}) with check (${condition})`,
    );
}
