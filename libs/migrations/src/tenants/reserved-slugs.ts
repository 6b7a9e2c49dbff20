import { TenantConflictError } from '@rowhouse/core';

/** Slugs that would collide with common subdomains or first path segments of an app. */
export const RESERVED_SLUGS: readonly string[] = [
  'admin',
  'api',
  'app',
  'assets',
  'auth',
  'cdn',
  'default',
  'docs',
  'ftp',
  'health',
  'help',
  'internal',
  'localhost',
  'login',
  'mail',
  'metrics',
  'none',
  'null',
  'public',
  'root',
  'rowhouse',
  'shared',
  'smtp',
  'staging',
  'static',
  'status',
  'support',
  'system',
  'tenant',
  'tenants',
  'undefined',
  'www',
];

/** @throws {TenantConflictError} for a slug that no tenant may have. */
export function requireUnreserved(slug: string | undefined, reserved: readonly string[]): void {
  if (slug !== undefined && reserved.includes(slug))
    throw new TenantConflictError(`The slug "${slug}" is reserved. Choose another.`);
}
