import { MigrationRefusedError } from '../errors.js';
import type { Reference, SchemaObject } from './schema-objects.js';

/**
 * What stays behind when `keep` is kept: those tables, what is part of them, and the types, functions and sequences that
 * they are made with.
 *
 * @param keep - names without a schema; each must be there.
 * @param alsoKeep - names that stay if they are there.
 * @returns keys of objects.
 * @throws {MigrationRefusedError} for a name that nothing has, and for something kept that needs a table that moves.
 */
export function stayingObjects(
  objects: readonly SchemaObject[],
  references: readonly Reference[],
  keep: readonly string[],
  alsoKeep: readonly string[],
): ReadonlySet<string> {
  const relations = objects.filter(({ relkind }) => relkind !== undefined);
  const unknown = keep.filter((name) => !relations.some(({ bareName }) => bareName === name));
  if (unknown.length > 0)
    throw new MigrationRefusedError(
      `keep names what is not in this schema: ${unknown.join(', ')}. Write the names of tables as PostgreSQL has them, without a schema.`,
    );
  const names = new Set([...keep, ...alsoKeep]);
  const staying = new Set(relations.filter(({ bareName }) => names.has(bareName)).map(({ key }) => key));
  const byKey = new Map(objects.map((object) => [object.key, object]));
  // A set's iteration reaches what is added on the way.
  for (const key of staying) {
    for (const { from, to, isPart } of references) {
      if (isPart && to === key) staying.add(from);
      if (from === key && isMadeWith(byKey.get(to))) staying.add(to);
    }
  }
  refuseTies(byKey, references, staying);
  return staying;
}

/** Tables and views hold data, which nobody shares without having said so. */
function isMadeWith(object: SchemaObject | undefined): boolean {
  return object !== undefined && (object.relkind === undefined || object.relkind === 'S');
}

function refuseTies(
  byKey: ReadonlyMap<string, SchemaObject>,
  references: readonly Reference[],
  staying: ReadonlySet<string>,
): void {
  const ties = references
    .filter(({ from, to }) => staying.has(from) && !staying.has(to))
    .map(({ from, to }) => `${byKey.get(from)?.name} refers to ${byKey.get(to)?.name}`);
  if (ties.length === 0) return;
  throw new MigrationRefusedError(
    `What all tenants share may not refer to what becomes one tenant's: ${ties.join('; ')}. ` +
      'Keep both, or neither, or drop the reference.',
  );
}
