/** One object of a schema, without the schema's name. */
export interface StructureObject {
  /** As SQL calls it: `table`, `column`, `default`, `constraint`, `index`, `sequence`, `view`, `function` … */
  readonly kind: string;
  /** Quoted where SQL needs it; of parts of a table with the table in front: `products.price`. */
  readonly name: string;
  /** What PostgreSQL would need to make it again. */
  readonly definition: string;
  /** The table or view that it is, or is a part of; `undefined` for what stands for itself. */
  readonly table: string | undefined;
}

/** An object that is not as it should be. */
export interface Difference {
  readonly kind: string;
  readonly name: string;
  readonly change: 'missing' | 'extra' | 'different';
  /** The definition it should have, unless it should not be there. */
  readonly expected?: string;
  /** The definition it has, unless it is missing. */
  readonly actual?: string;
}

/** What `actual` has that `reference` has not, lacks, or has otherwise; sorted by kind and name. */
export function differencesOf(
  reference: readonly StructureObject[],
  actual: readonly StructureObject[],
): readonly Difference[] {
  const expected = byKey(reference);
  const found = byKey(actual);
  const keys = [...new Set([...expected.keys(), ...found.keys()])].sort();
  return keys.flatMap((key) => differenceOf(expected.get(key), found.get(key)) ?? []);
}

function byKey(objects: readonly StructureObject[]): ReadonlyMap<string, StructureObject> {
  return new Map(objects.map((object) => [`${object.kind} ${object.name}`, object]));
}

function differenceOf(
  expected: StructureObject | undefined,
  actual: StructureObject | undefined,
): Difference | undefined {
  if (!actual) return expected && { ...nameOf(expected), change: 'missing', expected: expected.definition };
  if (!expected) return { ...nameOf(actual), change: 'extra', actual: actual.definition };
  if (expected.definition === actual.definition) return undefined;
  return {
    ...nameOf(actual),
    change: 'different',
    expected: expected.definition,
    actual: actual.definition,
  };
}

function nameOf({ kind, name }: StructureObject): Pick<Difference, 'kind' | 'name'> {
  return { kind, name };
}
