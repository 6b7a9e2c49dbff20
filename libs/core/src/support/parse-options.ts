import type { z } from 'zod';
import { type InvalidField, OptionsInvalidError, TenantInvalidError } from '../errors.js';

/**
 * Checks what a caller gives, and returns it frozen, with every default filled in. Every border of the suite goes through
 * here, so that a wrong option reads the same everywhere.
 *
 * @param owner - whose options they are, as the caller knows it: `TenancyModule`, `HeaderResolver`, `migrations.run`.
 * @throws {OptionsInvalidError} naming the owner, the path of each wrong field and what was expected.
 */
export function parseOptions<T>(owner: string, schema: z.ZodType<T>, value: unknown): Readonly<T> {
  const result = schema.safeParse(value);
  if (result.success) return Object.freeze(result.data);
  throw new OptionsInvalidError(owner, invalidFieldsOf(result.error));
}

/**
 * As {@link parseOptions}, for what a user of the app may have typed: what a tenant is to be made of, or changed to.
 *
 * @throws {TenantInvalidError}
 */
export function parseTenantFields<T>(schema: z.ZodType<T>, value: unknown): Readonly<T> {
  const result = schema.safeParse(value);
  if (result.success) return Object.freeze(result.data);
  throw new TenantInvalidError(invalidFieldsOf(result.error, 'tenant'));
}

/** The fields that a schema refuses. @param whole - stands for the value itself, where no field of it is wrong. */
export function invalidFieldsOf({ issues }: z.ZodError, whole = 'options'): readonly InvalidField[] {
  return issues.map(({ path, message }) => ({ field: pathOf(path) || whole, expected: message }));
}

function pathOf(path: readonly PropertyKey[]): string {
  return path
    .map((key, i) => (typeof key === 'number' ? `[${key}]` : `${i ? '.' : ''}${String(key)}`))
    .join('');
}
