/**
 * @param {import('../harness/command-line.mjs').Options} options
 */
export function planOf({ quick, rounds }) {
  return {
    rounds: rounds ?? (quick ? 3 : 10),
    /** Transactions of one statement for one row. */
    transactions: quick ? 500 : 5_000,
    /** Rows of one statement. */
    bulkRows: quick ? 20_000 : 200_000,
  };
}
