import pg from 'pg';
import { MigrationRefusedError } from '../errors.js';
import type { OwnerTransaction } from './owner-transaction.js';
import { type SchemaObject, sqlKind } from './schema-objects.js';

const { escapeIdentifier: quote } = pg;

export async function loginOfTransaction(owner: OwnerTransaction): Promise<string> {
  const [row] = await owner.read<{ login: string }>('select current_user as login');
  return row?.login ?? '';
}

/**
 * @param login - that is to own them.
 * @throws {MigrationRefusedError} when some of them belong to others, and the login may not change that.
 */
export function refuseForeignObjects(objects: readonly SchemaObject[], login: string): void {
  const foreign = objects.filter(({ isOwners, isMadeForRange }) => !isOwners && !isMadeForRange);
  if (foreign.length === 0) return;
  const owners = [...new Set(foreign.map(({ owner }) => owner))];
  const statements = owners.map((owner) => `grant ${quote(owner)} to ${quote(login)}`);
  throw new MigrationRefusedError(
    `${foreign.length} object(s) belong to ${owners.join(', ')}, and ${login} may not change that: ${foreign
      .slice(0, 5)
      .map(({ name }) => name)
      .join(', ')}${foreign.length > 5 ? ', …' : ''}. Let a superuser run: ${statements.join('; ')}`,
  );
}

/** Constructors of ranges can be moved by a superuser only. Where they stay, a path that holds both schemas finds them. */
export function isMovable({ isMadeForRange, isOwners }: SchemaObject): boolean {
  return isOwners || !isMadeForRange;
}

export function warnOfImmovable(objects: readonly SchemaObject[], quotedSchema: string): string[] {
  return objects
    .filter((object) => !isMovable(object))
    .map(
      (object) =>
        `${object.name} stays where it is, since it belongs to ${object.owner}. Where the old schema is not shared, let a superuser run: ` +
        `alter ${sqlKind(object)} ${object.name} set schema ${quotedSchema}`,
    );
}

/** Hands those to the login that it does not own yet. */
export function ownershipStatements(objects: readonly SchemaObject[], login: string): string[] {
  return objects
    .filter(({ owner, isMadeForRange }) => owner !== login && !isMadeForRange)
    .map((object) => ownershipStatement(object, login));
}

export function ownershipStatement(object: SchemaObject, login: string): string {
  return `alter ${sqlKind(object)} ${object.name} owner to ${quote(login)}`;
}
