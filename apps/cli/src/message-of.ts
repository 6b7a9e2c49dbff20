/** A message for anything that was thrown. Errors of pg have only a code when no address of a host could be reached. */
export function messageOf(error: unknown): string {
  const { message, code } = (error ?? {}) as { message?: unknown; code?: unknown };
  return String(message || code || error);
}
