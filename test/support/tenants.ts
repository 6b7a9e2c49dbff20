import { randomUUID } from 'node:crypto';
import { parseTenant, type Tenant } from '@rowhouse/core';

/** A tenant made of its slug, for suites that need no store. */
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
