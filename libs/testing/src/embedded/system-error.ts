/** The `code` of an error of Node's system calls. Asks for no class: test runners give suites an `Error` of their own. */
export function codeOf(error: unknown): string {
  return typeof error === 'object' && error && 'code' in error ? String(error.code) : '';
}

/** For `catch`: answers `undefined` to errors with these codes, throws all others on. */
export function ignoring(...codes: string[]): (error: unknown) => undefined {
  return (error) => {
    if (codes.includes(codeOf(error))) return undefined;
    throw error;
  };
}
