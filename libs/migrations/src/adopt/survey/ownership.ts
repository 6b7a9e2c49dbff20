import { counted } from '@rowhouse/core/internal';
import pg from 'pg';
import { MigrationRefusedError } from '../../errors.js';
import type { OwnerTransaction } from '../owner-transaction.js';
import { type SchemaObject, sqlKind } from './schema-objects.js';

const { escapeIdentifier: quote } = pg;

export async function loginOfTransaction(owner: OwnerTransaction): Promise<string> {
  const [row] = await owner.read<{ login: string }>('select current_user as login');
  return row?.login ?? '';
}

/**
 * @param login - the login that will own the objects.
 * @throws {MigrationRefusedError} when objects belong to other roles, and the login may not change their owner.
 */
export async function refuseForeignObjects(
  owner: OwnerTransaction,
  objects: readonly SchemaObject[],
  login: string,
): Promise<void> {
  const foreign = objects.filter(({ isOwnedByLogin, isMadeForRange }) => !isOwnedByLogin && !isMadeForRange);
  if (foreign.length === 0) return;
  const owners = [...new Set(foreign.map(({ owner }) => owner))];
  const superusers = new Set(
    (
      await owner.read<{ name: string }>(
        'select rolname::text as name from pg_catalog.pg_roles where rolname = any($1) and rolsuper',
        [owners],
      )
    ).map(({ name }) => name),
  );
  // A member of a superuser may become one. REASSIGN OWNED does not take objects from the bootstrap superuser.
  const statements = [
    ...owners
      .filter((role) => !superusers.has(role))
      .map((role) => `grant ${quote(role)} to ${quote(login)}`),
    ...foreign
      .filter((object) => superusers.has(object.owner))
      .map((object) => ownershipStatement(object, login)),
  ];
  throw new MigrationRefusedError(
    `${counted(foreign.length, 'object')} ${foreign.length === 1 ? 'belongs' : 'belong'} to ${owners.join(', ')}, and ${login} may not change ${foreign.length === 1 ? 'its' : 'their'} owner: ${foreign
      .slice(0, 5)
      .map(({ name }) => name)
      .join(', ')}${foreign.length > 5 ? ', …' : ''}. Let a superuser run: ${statements.join('; ')}`,
  );
}

/** Only a superuser can move the constructors of range types. If they stay, a search path with both schemas finds them. */
export function isMovable({ isMadeForRange, isOwnedByLogin }: SchemaObject): boolean {
  return isOwnedByLogin || !isMadeForRange;
}

export function warnOfImmovable(objects: readonly SchemaObject[], quotedSchema: string): string[] {
  return objects
    .filter((object) => !isMovable(object))
    .map(
      (object) =>
        `${object.name} stays where it is, since it belongs to ${object.owner}. If the old schema is not shared, let a superuser run: ` +
        `alter ${sqlKind(object)} ${object.name} set schema ${quotedSchema}`,
    );
}

/** Makes the login the owner of all objects that it does not own. */
export function ownershipStatements(objects: readonly SchemaObject[], login: string): string[] {
  return objects
    .filter(({ owner, isMadeForRange }) => owner !== login && !isMadeForRange)
    .map((object) => ownershipStatement(object, login));
}

export function ownershipStatement(object: SchemaObject, login: string): string {
  return `alter ${sqlKind(object)} ${object.name} owner to ${quote(login)}`;
}
