import type { Tenant, TenantHomes } from '@rowhouse/core';
import pg from 'pg';
import type { Restoration } from './adoption-plan.js';
import type { OwnerTransaction } from './owner-transaction.js';
import { ownershipStatement, ownershipStatements } from './ownership.js';
import { moveStatements, readObjects, type SchemaObject } from './schema-objects.js';
import { renameInMetadata } from './typeorm-tables.js';

const { escapeIdentifier: quote } = pg;

interface Move {
  readonly tenant: Tenant;
  readonly from: string;
  readonly objects: readonly SchemaObject[];
  readonly homes: TenantHomes;
  /** Makes the schema and its role. */
  readonly founding: readonly string[];
  readonly login: string;
}

const PUBLIC_GRANTS = `
  select 'grant ' || g.privilege_type || ' on ' || case c.relkind when 'S' then 'sequence ' else 'table ' end
           || pg_catalog.format('%I.%I', n.nspname, c.relname) || ' to public' as statement,
         pg_catalog.format('%I.%I', n.nspname, c.relname) as object
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
   cross join lateral pg_catalog.aclexplode(c.relacl) g
   where n.nspname = $1 and g.grantee = 0 and c.relkind in ('r', 'p', 'v', 'm', 'f', 'S')`;

/**
 * Makes the tenant's schema and role, and moves the objects there: they belong to the owner afterwards, and only the tenant's
 * role may use them.
 *
 * @returns what the undoing has to run when they are back.
 */
export async function moveIntoSchema(owner: OwnerTransaction, move: Move): Promise<Restoration[]> {
  const { tenant, from, objects, homes, founding, login } = move;
  const grants = await owner.read<{ object: string; statement: string }>(PUBLIC_GRANTS, [from]);
  await owner.changeAll(founding);
  await owner.changeAll(moveStatements(objects, quote(tenant.schema)));
  await owner.changeAll(ownershipStatements(await readObjects(owner, tenant.schema), login));
  await owner.changeAll(homes.grantingScript(tenant).map(({ text }) => text));
  await renameInMetadata(owner, { from, to: tenant.schema });
  const owners = objects
    .filter((object) => object.owner !== login && !object.isOwnedByAnother)
    .map((object) => ({ object: object.name, statement: ownershipStatement(object, object.owner) }));
  return [...owners, ...grants.map((grant) => ({ ...grant, isRelation: true }))];
}
