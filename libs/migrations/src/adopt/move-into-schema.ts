import pg from 'pg';
import { type AdoptedObjects, type Conversion, sequenceGrants } from './conversion.js';
import type { OwnerTransaction } from './owner-transaction.js';
import { warnOfHardCodedNames } from './survey/hard-coded-names.js';
import { isMovable, ownershipStatement, ownershipStatements, warnOfImmovable } from './survey/ownership.js';
import { moveStatements, readObjects } from './survey/schema-objects.js';
import { renameInMetadata } from './survey/typeorm-tables.js';

const { escapeIdentifier: quote } = pg;

interface Move extends AdoptedObjects {
  /** Creates the schema and its role. */
  readonly create: readonly string[];
  /** Grants the role, and no other, the use of the moved objects. */
  readonly grant: readonly string[];
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
 * Creates the tenant's schema and role, and moves the objects into the schema. Afterwards the login owns them, and only the
 * tenant's role may use them.
 */
export async function moveIntoSchema(owner: OwnerTransaction, move: Move): Promise<Conversion> {
  const { tenant, from, objects, sharedSequences, create, grant, login, roles } = move;
  const [movable, home] = [objects.filter(isMovable), tenant.schema];
  const grants = await owner.read<{ object: string; statement: string }>(PUBLIC_GRANTS, [from]);
  await owner.changeAll(create);
  await owner.changeAll(moveStatements(movable, quote(home)));
  await owner.changeAll(ownershipStatements(await readObjects(owner, home), login));
  await owner.changeAll(grant);
  if (roles) await owner.changeAll(sequenceGrants(sharedSequences, [roles.ofTenant(tenant)]));
  await renameInMetadata(owner, { from, to: home });
  const owners = movable
    .filter((object) => object.owner !== login && !object.isMadeForRange)
    .map((object) => ({ object: object.name, statement: ownershipStatement(object, object.owner) }));
  const names = new Set(objects.map(({ bareName }) => bareName));
  return {
    home,
    moved: movable.map(({ kind, name }) => ({ kind, name })),
    restore: [...owners, ...grants.map((grant) => ({ ...grant, isRelation: true }))],
    enforcement: [],
    warnings: [
      ...warnOfImmovable(objects, quote(home)),
      ...(await warnOfHardCodedNames(owner, home, from, names)),
    ],
  };
}
