/**
 * @typedef {object} Plan
 * @property {number[]} tenants numbers of roles, ascending; ratios are to the first
 * @property {number} rounds
 * @property {number} statements timed in one cell
 * @property {number} changes of a membership in one cell
 * @property {number} prepared homes that are prepared one by one, the last of each number
 */

/**
 * @param {import('../harness/command-line.mjs').Options} options
 * @returns {Plan}
 */
export function planOf({ quick, tenants, rounds }) {
  return {
    tenants: tenants ?? (quick ? [20, 1_000] : [20, 1_000, 10_000]),
    rounds: rounds ?? (quick ? 5 : 20),
    statements: 500,
    changes: 3,
    prepared: 20,
  };
}
