import { MigrationRefusedError } from '../../errors.js';
import type { Reference, SchemaObject } from './schema-objects.js';

/**
 * The objects that stay: the kept tables, their parts, and the types, functions and sequences that they use.
 *
 * @param keep - names without a schema; each must exist.
 * @param alsoKeep - names that stay if they exist.
 * @returns the keys of the objects.
 * @throws {MigrationRefusedError} for a name that does not exist, and when a kept object refers to a table that moves.
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
      `keep names tables that are not in this schema: ${unknown.join(', ')}. Write the names as PostgreSQL stores them, without a schema.`,
    );
  const names = new Set([...keep, ...alsoKeep]);
  const staying = new Set(relations.filter(({ bareName }) => names.has(bareName)).map(({ key }) => key));
  const byKey = new Map(objects.map((object) => [object.key, object]));
  // Iterating over a Set also visits the keys that are added during the loop.
  for (const key of staying) {
    for (const { from, to, isPart } of references) {
      if (isPart && to === key) staying.add(from);
      if (from === key && isMadeWith(byKey.get(to))) staying.add(to);
    }
  }
  refuseReferences(byKey, references, staying);
  return staying;
}

/** Only objects without rows, and sequences, stay by themselves. Tables and views hold data, so the user must keep them explicitly. */
function isMadeWith(object: SchemaObject | undefined): boolean {
  return object !== undefined && (object.relkind === undefined || object.relkind === 'S');
}

function refuseReferences(
  byKey: ReadonlyMap<string, SchemaObject>,
  references: readonly Reference[],
  staying: ReadonlySet<string>,
): void {
  const crossing = references
    .filter(({ from, to }) => staying.has(from) && !staying.has(to))
    .map(({ from, to }) => `${byKey.get(from)?.name} refers to ${byKey.get(to)?.name}`);
  if (crossing.length === 0) return;
  throw new MigrationRefusedError(
    `Shared objects may not refer to objects of one tenant: ${crossing.join('; ')}. ` +
      'Keep both, or neither, or drop the reference.',
  );
}
