/** Which values of a response are compared. */
export interface IdSelection {
  /** Names of the fields that identify an entity. */
  readonly keys: readonly string[];
  /** Fields that all tenants may see, with everything in them. */
  readonly shared: readonly string[];
}

/** The identifiers in a JSON value, at any depth, as JSON, so that `1` and `"1"` differ. */
export function entityIdsIn(value: unknown, selection: IdSelection): ReadonlySet<string> {
  const ids = new Set<string>();
  collect(value, selection, ids);
  return ids;
}

function collect(value: unknown, selection: IdSelection, into: Set<string>): void {
  if (Array.isArray(value)) {
    for (const element of value) collect(element, selection, into);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [key, field] of Object.entries(value)) {
    if (selection.shared.includes(key)) continue;
    const isIdentity =
      selection.keys.includes(key) && (typeof field === 'string' || typeof field === 'number');
    if (isIdentity) into.add(`${key} ${JSON.stringify(field)}`);
    else collect(field, selection, into);
  }
}
