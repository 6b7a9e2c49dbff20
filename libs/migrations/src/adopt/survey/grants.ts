import type { DeploymentRoles, RoleName } from '@rowhouse/core/internal';
import pg from 'pg';
import type { Restoration } from '../adoption-plan.js';
import type { OwnerTransaction } from '../owner-transaction.js';

const GRANTS = `
  with relation as (
    select c.oid, c.relacl, pg_catalog.format('%I.%I', n.nspname, c.relname) as name,
           case c.relkind when 'S' then 'sequence' else 'table' end as kind
      from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
     where n.nspname = any($1) and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')),
  privilege as (
    select r.name, r.kind, '' as columns, g.*
      from relation r cross join lateral pg_catalog.aclexplode(r.relacl) g
     union all
    select r.name, r.kind, pg_catalog.format(' (%I)', a.attname), g.*
      from relation r
      join pg_catalog.pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
     cross join lateral pg_catalog.aclexplode(a.attacl) g)
  select p.name as object,
         pg_catalog.format('grant %s%s on %s %s to %s%s', p.privilege_type, p.columns, p.kind, p.name,
                           case p.grantee when 0 then 'public' else pg_catalog.quote_ident(r.rolname) end,
                           case when p.is_grantable then ' with grant option' else '' end) as statement
    from privilege p left join pg_catalog.pg_roles r on r.oid = p.grantee
   where p.grantee = 0 or r.rolname = any($2)
   order by 1, 2`;

/**
 * Statements that give PUBLIC and the deployment's roles the privileges again that they have on tables and columns of these schemas,
 * and take others from these roles.
 */
export async function readGrants(
  owner: OwnerTransaction,
  schemas: readonly string[],
  roles: DeploymentRoles | undefined,
): Promise<Restoration[]> {
  const ours = roles ? [roles.shared, roles.row, roles.system] : [];
  const found = await owner.read<{ object: string; statement: string }>(GRANTS, [schemas, ours]);
  return [...revokes(schemas, ours), ...found.map((grant) => ({ ...grant, isRelation: true }))];
}

function revokes(schemas: readonly string[], roles: readonly RoleName[]): Restoration[] {
  if (roles.length === 0) return [];
  const [all, grantees] = [schemas, roles].map((names) =>
    names.map((name) => pg.escapeIdentifier(name)).join(', '),
  );
  return ['tables', 'sequences'].map((objects) => ({
    statement: `revoke all on all ${objects} in schema ${all} from ${grantees}`,
  }));
}
