/** Which values of an answer are compared. */
export interface IdSelection {
  /** Names of the fields that tell one entity from all others. */
  readonly keys: readonly string[];
  /** Fields whose content all tenants may see, with everything in them. */
  readonly shared: readonly string[];
}

/** The identities in a JSON value, at any depth, written so that `1` and `"1"` stay apart. */
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
