/**
 * @param {import('../harness/command-line.mjs').Options} options
 */
export function planOf({ quick, tenants }) {
  return { tenants: tenants ?? (quick ? [100, 1_000] : [100, 1_000, 10_000]), hours: quick ? 3 : 24 };
}
