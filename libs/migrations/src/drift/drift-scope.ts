import type { StructureObject } from './structure/structure-object.js';

/** Keys that only tables of many tenants have, which lead to the catalog. */
const CATALOG_KEY = /REFERENCES rowhouse\.tenants\(/;

export function withoutTables(
  objects: readonly StructureObject[],
  tables: ReadonlySet<string>,
): readonly StructureObject[] {
  return objects.filter(({ table }) => table === undefined || !tables.has(table));
}

/** Of a schema that others share: what the reference knows, and what belongs to its tables. */
export function partOf(
  reference: readonly StructureObject[],
  actual: readonly StructureObject[],
): readonly StructureObject[] {
  const tables = new Set(reference.map(({ table }) => table).filter((table) => table !== undefined));
  const known = new Set(reference.map(({ kind, name }) => `${kind} ${name}`));
  return actual.filter(
    ({ kind, name, table }) => known.has(`${kind} ${name}`) || (table !== undefined && tables.has(table)),
  );
}

export function withoutCatalogKeys(objects: readonly StructureObject[]): readonly StructureObject[] {
  return objects.filter(({ kind, definition }) => kind !== 'constraint' || !CATALOG_KEY.test(definition));
}
