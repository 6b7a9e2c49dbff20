type Given<T> = { [Key in keyof T]: Exclude<T[Key], undefined> };

/** Without the fields that have no value, so that they do not take the place of others. */
export function withoutUndefined<T extends object>(fields: T): Given<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Given<T>;
}
