import { oneOf } from '../harness/command-line.mjs';

export const BASELINE = 'typeorm-loop';
export const ONE_MIGRATION = 'rowhouse-one-migration';
export const NO_OP = 'rowhouse-no-op';
export const SCALE = 'rowhouse-scale';

const VARIANTS = [BASELINE, ONE_MIGRATION, NO_OP, SCALE];

/**
 * @typedef {object} Plan
 * @property {string[]} variants
 * @property {number} rounds of what is compared
 * @property {number} sample tenants of the baseline
 * @property {number} baseMigrations that tenants have before anything is measured
 * @property {number} migrated tenants that get one more migration
 * @property {number} unchanged tenants of which none has anything to do
 * @property {{ tenants: number[], migrations: number }} scale numbers of tenants, ascending, and what each of them has
 * @property {number} concurrency with which tenants are made
 */

/**
 * @param {import('../harness/command-line.mjs').Options} options
 * @returns {Plan}
 */
export function planOf({ quick, tenants, variants, rounds }) {
  return {
    variants: oneOf('variant', variants, VARIANTS) ?? VARIANTS,
    rounds: rounds ?? (quick ? 3 : 7),
    sample: quick ? 10 : 25,
    baseMigrations: 10,
    migrated: 500,
    unchanged: 5_000,
    scale: { tenants: tenants ?? (quick ? [10, 50] : [10, 100, 500]), migrations: 60 },
    concurrency: 4,
  };
}
