import type { StructureObject } from './structure/structure-object.js';

/** Foreign keys to the catalog, which only tables with rows of several tenants have. */
const CATALOG_KEY = /REFERENCES rowhouse\.tenants\(/;

export function withoutTables(
  objects: readonly StructureObject[],
  tables: ReadonlySet<string>,
): readonly StructureObject[] {
  return objects.filter(({ table }) => table === undefined || !tables.has(table));
}

/** The part of a shared schema to compare: the objects of the reference, and everything that belongs to its tables. */
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
