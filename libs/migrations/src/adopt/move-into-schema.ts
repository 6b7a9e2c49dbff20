import pg from 'pg';
import { type AdoptedObjects, type Conversion, sequenceGrants } from './conversion.js';
import type { OwnerTransaction } from './owner-transaction.js';
import { readGrants } from './survey/grants.js';
import { warnOfHardCodedNames } from './survey/hard-coded-names.js';
import { isMovable, ownershipStatement, ownershipStatements, warnOfImmovable } from './survey/ownership.js';
import { moveStatements, readObjects, type SchemaObject } from './survey/schema-objects.js';
import { renameInMetadata } from './survey/typeorm-tables.js';

const { escapeIdentifier: quote } = pg;

interface Move extends AdoptedObjects {
  /** Creates the schema and its role. */
  readonly create: readonly string[];
  /** Grants the role, and no other, the use of the moved objects. */
  readonly grant: readonly string[];
}

/**
 * Creates the tenant's schema and role, and moves the objects into the schema. Afterwards the login owns them, and only the
 * tenant's role may use them.
 */
export async function moveIntoSchema(owner: OwnerTransaction, move: Move): Promise<Conversion> {
  const { tenant, from, objects, sharedSequences, create, grant, login, roles } = move;
  const [movable, home] = [objects.filter(isMovable), tenant.schema];
  const grants = await readGrants(owner, from, roles);
  await owner.changeAll(create);
  await owner.changeAll(moveStatements(movable, () => quote(home)));
  const arrived = await readObjects(owner, [home]);
  await owner.changeAll(ownershipStatements(arrived, login));
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
    others: othersOf(arrived, movable, from),
    restore: [...owners, ...grants],
    enforcement: [],
    warnings: [
      ...warnOfImmovable(objects, quote(home)),
      ...(await warnOfHardCodedNames(owner, home, from, names)),
      ...from.filter((schema) => schema !== 'public').map((schema) => warnOfEmptied(schema)),
    ],
  };
}

function othersOf(
  arrived: readonly SchemaObject[],
  moved: readonly SchemaObject[],
  [, ...others]: readonly string[],
): Record<string, string[]> {
  const formerly = new Map(moved.map(({ key, schema }) => [key, schema]));
  const from = (schema: string) => arrived.filter(({ key }) => formerly.get(key) === schema);
  return Object.fromEntries(others.map((schema) => [schema, from(schema).map(({ name }) => name)]));
}

const warnOfEmptied = (schema: string) =>
  `The schema ${quote(schema)} stays, without what was adopted. Entities and queries that name it (schema: '${schema}') must do without.`;
