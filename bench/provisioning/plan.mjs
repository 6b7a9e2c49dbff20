import { oneOf, UsageError } from '../harness/command-line.mjs';

export const BASELINE = 'typeorm-loop';
export const COLD = 'rowhouse-cold';
export const POOL = 'rowhouse-pool';

export const VARIANTS = [BASELINE, COLD, POOL];

/**
 * @typedef {object} Plan
 * @property {number} tenants made by each variant in each round
 * @property {number} migrations that each of them has
 * @property {string[]} variants the baseline first
 * @property {number} rounds
 */

/**
 * @param {import('../harness/command-line.mjs').Options} options
 * @returns {Plan}
 */
export function planOf({ quick, tenants, variants, rounds }) {
  if (tenants && tenants.length > 1) throw new UsageError('--tenants: expected one number for this bench.');
  const chosen = oneOf('variant', variants, VARIANTS) ?? VARIANTS;
  return {
    tenants: tenants?.[0] ?? (quick ? 25 : 50),
    migrations: 50,
    variants: [BASELINE, ...chosen.filter((variant) => variant !== BASELINE)],
    rounds: rounds ?? (quick ? 3 : 7),
  };
}
