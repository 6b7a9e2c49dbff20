/** The slug of the tenant with this number, from 1. */
export function slugOf(number) {
  return `t${String(number).padStart(5, '0')}`;
}

/** The schema that `@rowhouse/core` gives the slug. */
export function schemaOf(number) {
  return `tenant_${slugOf(number)}`;
}

/** Exponent of the Zipf distribution: with 1,000 tenants the busiest five send two fifths of all requests. */
const ZIPF_EXPONENT = 1.1;

/** @returns a function that draws the index of a tenant, from 0; with `zipf` the first ones more often. */
export function drawerOf(draw, tenants, random) {
  if (draw === 'uniform') return () => Math.floor(random() * tenants);
  const sums = new Float64Array(tenants);
  let sum = 0;
  for (let index = 0; index < tenants; index += 1) {
    sum += 1 / (index + 1) ** ZIPF_EXPONENT;
    sums[index] = sum;
  }
  return () => {
    const point = random() * sum;
    let [low, high] = [0, tenants - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sums[middle] < point) low = middle + 1;
      else high = middle;
    }
    return low;
  };
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
