/**
 * @param {import('../harness/command-line.mjs').Options} options
 */
export function planOf({ quick, rounds }) {
  return {
    rounds: rounds ?? (quick ? 2 : 3),
    /** Rows of the large tenant, of about 230 bytes. */
    rows: quick ? 100_000 : 5_000_000,
    /** Rows that the loop of TypeORM reads and saves; its time is scaled to all. */
    loopRows: quick ? 2_000 : 20_000,
    /** Tenants beside the small one, each with as many tables. */
    neighbours: quick ? 20 : 1_000,
    tables: 30,
    smallRows: 50,
    /** Small tenants that one process exports one after the other. */
    next: quick ? 10 : 50,
  };
}
