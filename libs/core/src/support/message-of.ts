/**
 * What a caught value says. Errors may come from another realm, and so be no `Error` of this one; and pg's has no message,
 * but a code, when no address of a host answers.
 */
export function messageOf(error: unknown): string {
  const { message, code } = Object(error) as { message?: unknown; code?: unknown };
  return String(message || code || error);
}
