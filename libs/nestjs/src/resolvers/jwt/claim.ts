import { TenantIdInvalidError } from '@rowhouse/core';
import { z } from 'zod';

/** Where a claim stands: a name, a path `org.id`, or segments for names with dots. */
export const claimPath = z
  .union(
    [z.string().min(1), z.array(z.string().min(1)).min(1)],
    "expected a claim such as 'tenant_id', 'org.id' or ['org', 'id']",
  )
  .transform((claim) => (typeof claim === 'string' ? claim.split('.') : claim))
  .refine((path) => path.every((segment) => segment !== ''), 'expected no empty segment');

/**
 * Follows own properties only, so that no path leads into a prototype.
 *
 * @throws {TenantIdInvalidError} when the path leads through something that is no object.
 */
export function claimAt(payload: object, path: readonly string[]): unknown {
  let value: unknown = payload;
  for (const segment of path) {
    if (value === undefined || value === null) return undefined;
    if (typeof value !== 'object' || Array.isArray(value)) throw new TenantIdInvalidError();
    value = Object.hasOwn(value, segment) ? (value as Record<string, unknown>)[segment] : undefined;
  }
  return value;
}
