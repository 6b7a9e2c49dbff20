/** An object of JSON. */
export type Json = { readonly [key: string]: unknown };

/** The keys from the outermost object to a value. */
export type Path = readonly string[];

export const dotted = (path: readonly PropertyKey[]): string => path.map(String).join('.');

export function isJsonObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `undefined` where there is nothing. */
export function valueAt(value: unknown, path: Path): unknown {
  let found = value;
  for (const key of path) {
    if (!isJsonObject(found) || !Object.hasOwn(found, key)) return undefined;
    found = found[key];
  }
  return found;
}

/** A copy with another value at a path; without it for `undefined`, and without the objects that are empty then. */
export function withValueAt(object: Json, [key, ...rest]: Path, value: unknown): Json {
  if (key === undefined) return object;
  const entries = new Map(Object.entries(object));
  const inner = entries.get(key);
  const changed = rest.length === 0 ? value : withValueAt(isJsonObject(inner) ? inner : {}, rest, value);
  if (changed === undefined || (value === undefined && isEmpty(changed))) entries.delete(key);
  else entries.set(key, changed);
  // Unlike an assignment, this makes a member of "__proto__" too.
  return Object.fromEntries(entries);
}

/** RFC 7396. Objects that are empty afterwards are left out: they override nothing. */
export function mergePatch(target: unknown, patch: Json): Json {
  const merged = new Map(Object.entries(isJsonObject(target) ? target : {}));
  for (const [key, value] of Object.entries(patch)) {
    const result = isJsonObject(value) ? mergePatch(merged.get(key), value) : value;
    if (result === null || isEmpty(result)) merged.delete(key);
    else merged.set(key, result);
  }
  return Object.fromEntries(merged);
}

/** The values of `base`, and those of `overrides` in their place. Arrays are replaced as a whole. */
export function overlay(base: unknown, overrides: Json): Json {
  const merged = new Map(Object.entries(isJsonObject(base) ? base : {}));
  for (const [key, value] of Object.entries(overrides))
    merged.set(key, isJsonObject(value) ? overlay(merged.get(key), value) : value);
  return Object.fromEntries(merged);
}

/** The values that are no objects, by dotted path. */
export function leavesOf(object: Json, before: Path = []): ReadonlyMap<string, unknown> {
  return new Map(
    Object.entries(object).flatMap(([key, value]): [string, unknown][] =>
      isJsonObject(value) ? [...leavesOf(value, [...before, key])] : [[dotted([...before, key]), value]],
    ),
  );
}

/** Whether objects and arrays stand in one another at most `depth` deep. */
export function isAtMostDeep(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return depth > 0 && Object.values(value).every((inner) => isAtMostDeep(inner, depth - 1));
}

export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}

function isEmpty(value: unknown): boolean {
  return isJsonObject(value) && Object.keys(value).length === 0;
}
