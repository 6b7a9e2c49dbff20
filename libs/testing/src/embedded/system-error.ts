/**
 * The `code` of an error of Node's system calls. The class is not checked, because test runners give each suite an
 * `Error` of its own.
 */
export function codeOf(error: unknown): string {
  return typeof error === 'object' && error && 'code' in error ? String(error.code) : '';
}

/** A handler for `catch` that returns `undefined` for errors with these codes, and rethrows all others. */
export function ignoring(...codes: string[]): (error: unknown) => undefined {
  return (error) => {
    if (codes.includes(codeOf(error))) return undefined;
    throw error;
  };
}
