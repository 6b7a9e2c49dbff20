import { z } from 'zod';

/**
 * Checks the options of a resolver, once, and freezes them with every default filled in.
 *
 * @throws {TypeError} naming the resolver, the path of each wrong option and what was expected.
 */
export function parseOptions<T>(owner: string, schema: z.ZodType<T>, options: unknown): Readonly<T> {
  const result = schema.safeParse(options);
  if (result.success) return Object.freeze(result.data);
  const problems = result.error.issues.map(({ path, message }) => `${pathOf(path)}: ${message}`);
  throw new TypeError(`${owner}: ${problems.join('; ')}`);
}

function pathOf(path: readonly PropertyKey[]): string {
  if (path.length === 0) return 'options';
  return path
    .map((key, i) => (typeof key === 'number' ? `[${key}]` : `${i ? '.' : ''}${String(key)}`))
    .join('');
}

/** A header name (RFC 9110, section 5.1: a token), lower-cased. */
export const headerName = z
  .string()
  .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/, 'expected a header name such as X-Tenant-ID')
  .transform((name) => name.toLowerCase());
