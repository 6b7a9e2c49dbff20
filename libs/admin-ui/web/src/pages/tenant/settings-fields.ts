/** What the form reads of a JSON Schema. */
export interface JsonSchema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly description?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

export type Path = readonly string[];

export interface Field {
  readonly path: Path;
  readonly schema: JsonSchema;
}

/** Each value that can be overridden by itself. */
export function fieldsOf(schema: JsonSchema, path: Path = []): readonly Field[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, inner]) =>
    inner.properties ? fieldsOf(inner, [...path, name]) : [{ path: [...path, name], schema: inner }],
  );
}

export function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (inner, name) => (Object.hasOwn(Object(inner), name) ? Object(inner)[name] : undefined),
    value,
  );
}

/** A JSON merge patch (RFC 7396). */
export function patchOf(edits: readonly { readonly path: Path; readonly value: unknown }[]) {
  const patch: Record<string, unknown> = {};
  for (const { path, value } of edits) {
    const parents = path.slice(0, -1);
    const parent = parents.reduce<Record<string, unknown>>((inner, name) => {
      inner[name] ??= {};
      return inner[name] as Record<string, unknown>;
    }, patch);
    parent[path.at(-1) ?? ''] = value;
  }
  return patch;
}
