/**
 * @param {import('../harness/command-line.mjs').Options} options
 */
export function planOf({ quick, rounds, tenants }) {
  return {
    tenants: tenants?.[0] ?? 10_000,
    rounds: rounds ?? (quick ? 3 : 7),
    /** Events of the wheel in a round, of a hundred pixels each. */
    wheelEvents: quick ? 200 : 500,
  };
}
