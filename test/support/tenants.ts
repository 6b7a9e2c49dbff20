import { randomUUID } from 'node:crypto';
import { parseTenant, type Tenant } from '@rowhouse/core';

/** A tenant object with this slug, for suites without a store. */
export function makeTenant(slug: string, fields: Partial<Tenant> = {}): Tenant {
  const now = new Date();
  return parseTenant({
    id: randomUUID(),
    slug,
    name: slug,
    status: 'active',
    isolation: 'schema',
    placement: 'default',
    plan: 'free',
    metadata: {},
    createdAt: now,
    updatedAt: now,
    ...fields,
  });
}
