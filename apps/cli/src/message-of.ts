/** What an error says of itself: pg's have no message when no address of a host answered, and anything may be thrown. */
export function messageOf(error: unknown): string {
  const { message, code } = (error ?? {}) as { message?: unknown; code?: unknown };
  return String(message || code || error);
}
