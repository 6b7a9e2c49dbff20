import type { Tenant } from '@rowhouse/core';
import { databaseKeyOf } from '@rowhouse/core/internal';

/** The tenants of an isolation, those together whose homes are in the same database. No group is empty. */
export function byDatabase(
  tenants: readonly Tenant[],
  isolation: Tenant['isolation'],
): readonly (readonly [Tenant, ...Tenant[]])[] {
  const groups = new Map<string, [Tenant, ...Tenant[]]>();
  for (const tenant of tenants) {
    if (tenant.isolation !== isolation) continue;
    const group = groups.get(databaseKeyOf(tenant));
    if (group) group.push(tenant);
    else groups.set(databaseKeyOf(tenant), [tenant]);
  }
  return [...groups.values()];
}
