import { randomUUID } from 'node:crypto';
import { parseTenant, parseTenantSlug, schemaNameOf, type Tenant, TenantContext } from '@rowhouse/core';

/**
 * Runs `fn` as a tenant, for tests of code that expects to be inside a request.
 *
 * @param tenant - a tenant, or a slug. For a slug, an active tenant is made that is in no store, with the schema of the
 *   slug.
 */
export async function withTenant<T>(
  tenant: Tenant | string,
  fn: (tenant: Tenant) => T | Promise<T>,
): Promise<T> {
  const entered = typeof tenant === 'string' ? makeUp(tenant) : tenant;
  return TenantContext.run(entered, async () => fn(entered));
}

function makeUp(slug: string): Tenant {
  const now = new Date();
  return parseTenant({
    id: randomUUID(),
    slug,
    name: slug,
    status: 'active',
    isolation: 'schema',
    schema: schemaNameOf(parseTenantSlug(slug)),
    placement: 'default',
    plan: 'free',
    metadata: {},
    createdAt: now,
    updatedAt: now,
  });
}
