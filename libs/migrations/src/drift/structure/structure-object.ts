/** One object of a schema, without the schema's name. */
export interface StructureObject {
  /** As SQL calls it: `table`, `column`, `default`, `constraint`, `index`, `sequence`, `view`, `function` … */
  readonly kind: string;
  /** Quoted where SQL needs it. The name of a part of a table begins with the table: `products.price`. */
  readonly name: string;
  /** Its definition in SQL or a similar notation. */
  readonly definition: string;
  /** The table or view that it is or belongs to; `undefined` for other objects. */
  readonly table: string | undefined;
}

/** An object that differs from the reference. */
export interface Difference {
  readonly kind: string;
  readonly name: string;
  readonly change: 'missing' | 'extra' | 'different';
  /** The definition it should have, unless it should not be there. */
  readonly expected?: string;
  /** The definition it has, unless it is missing. */
  readonly actual?: string;
}

/** The objects that `actual` has in addition, lacks, or defines differently; sorted by kind and name. */
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
