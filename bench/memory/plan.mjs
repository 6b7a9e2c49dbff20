/** Connections of the pool that touches the schemas. */
export const POOL_SIZE = 4;

/** `maxTenantsPerConnection` of each variant: never reached, and a small one. */
export const RECYCLING = { 'without-recycling': 1_000_000_000, 'with-recycling': 200 };

/**
 * @param {import('../harness/command-line.mjs').Options} options
 */
export function planOf({ quick, tenants }) {
  return {
    schemas: tenants ?? (quick ? [1, 100, 1_000] : [1, 100, 1_000, 5_000]),
    heapTenants: quick ? 2_000 : 10_000,
  };
}
