import { oneOf } from '../harness/command-line.mjs';

export const BASELINE = 'typeorm-loop';
export const ONE_MIGRATION = 'rowhouse-one-migration';
/** Tenants with databases of their own. */
export const DATABASES = 'rowhouse-databases';
export const NO_OP = 'rowhouse-no-op';
export const SCALE = 'rowhouse-scale';

const VARIANTS = [BASELINE, ONE_MIGRATION, NO_OP, DATABASES, SCALE];

/**
 * @typedef {object} Plan
 * @property {string[]} variants
 * @property {number} rounds of what is compared
 * @property {number} sample number of tenants that the baseline migrates
 * @property {number} baseMigrations number of migrations that tenants have before the measurement
 * @property {number} migrated number of tenants that get one more migration
 * @property {number} unchanged number of tenants when there is nothing to do
 * @property {number} databases number of tenants with databases that get one more migration
 * @property {{ tenants: number[], migrations: number }} scale numbers of tenants, ascending, and of their migrations
 * @property {number} concurrency how many tenants are created at the same time
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
    databases: quick ? 15 : 40,
    scale: { tenants: tenants ?? (quick ? [10, 50] : [10, 100, 500]), migrations: 60 },
    concurrency: 4,
  };
}
