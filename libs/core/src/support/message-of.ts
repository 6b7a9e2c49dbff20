/** What a caught value says. Errors may come from another realm, and so not be instances of this one's `Error`. */
export function messageOf(error: unknown): string {
  const { message } = Object(error) as { message?: unknown };
  return typeof message === 'string' ? message : String(error);
}
