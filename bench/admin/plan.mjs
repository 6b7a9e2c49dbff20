/**
 * @param {import('../harness/command-line.mjs').Options} options
 */
export function planOf({ quick, rounds }) {
  return {
    /** Ascending. The first is what the others are compared with. */
    tenants: quick ? [100, 1_000] : [100, 1_000, 10_000],
    rounds: rounds ?? (quick ? 3 : 7),
    requests: quick ? 100 : 200,
  };
}
