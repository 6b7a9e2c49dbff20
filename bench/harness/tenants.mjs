/** The slug of the tenant with this number, from 1. */
export function slugOf(number) {
  return `t${String(number).padStart(5, '0')}`;
}

/** The schema that `@rowhouse/core` gives the slug. */
export function schemaOf(number) {
  return `tenant_${slugOf(number)}`;
}

/** The first `count` tenants of the catalog, by their numbers. */
export async function readTenants(admin, count) {
  const { PostgresTenantStore } = await import('@rowhouse/core');
  const store = new PostgresTenantStore({ pool: admin });
  const tenants = [];
  for (let cursor; tenants.length < count; ) {
    const page = await store.list({ cursor, limit: 1_000 });
    tenants.push(...page.tenants);
    cursor = page.next;
  }
  return tenants.slice(0, count);
}
