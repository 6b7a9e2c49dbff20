import { oneOf } from '../harness/command-line.mjs';

export const BASELINE = 'none';

/** The pin alone, with which roles and guard are compared. */
export const PIN_ALONE = 'rowhouse-pin';

/** With metrics, lines and rates; and what it is compared with: the same without any of them, and with lines of pino alone. */
export const OBSERVED = 'rowhouse-metrics';
export const UNOBSERVED = ['rowhouse-statement', 'rowhouse-lines'];

/** The variants with roles: their logins act as tenants and have no privileges of their own. */
export const WALLED = ['rowhouse-roles', ...UNOBSERVED, OBSERVED, 'rowhouse-session'];

export const VARIANTS = [
  BASELINE,
  PIN_ALONE,
  ...WALLED,
  'datasource-per-tenant',
  'set-search-path',
  'set-local',
];

/**
 * @typedef {object} Plan
 * @property {number[]} tenants
 * @property {string[]} platforms
 * @property {string[]} methods
 * @property {string[]} variants the baseline first
 * @property {number} rounds
 * @property {number} seconds of one cell
 * @property {number} warmUpRequests answered before the first round, per variant and method
 * @property {number} firstTenants tenants per round whose first request is timed
 * @property {number} connections under load
 * @property {boolean} profile
 */

/**
 * @param {import('../harness/command-line.mjs').Options} options
 * @returns {Plan}
 */
export function planOf({ quick, profile, tenants, platforms, methods, variants, rounds, seconds }) {
  const chosen = oneOf('variant', variants, VARIANTS) ?? VARIANTS;
  return {
    tenants: tenants ?? (quick ? [10, 1_000] : [10, 100, 1_000, 10_000]),
    platforms: platforms ?? ['fastify', 'express'],
    methods: methods ?? ['GET', 'POST'],
    variants: [BASELINE, ...chosen.filter((variant) => variant !== BASELINE)],
    rounds: rounds ?? (quick ? 3 : 10),
    seconds: seconds ?? (quick ? 0.8 : 2),
    warmUpRequests: quick ? 5_000 : 10_000,
    firstTenants: 8,
    connections: 32,
    profile,
  };
}

/**
 * The tenants that nobody asks for before their first request is timed: a slice of its own for every method
 * and round, behind those under load.
 */
export function firstTenantOf(plan, tenants, method, round) {
  return tenants + 1 + (plan.methods.indexOf(method) * plan.rounds + round) * plan.firstTenants;
}

/** How many tenants there must be for {@link firstTenantOf}. */
export function fleetSizeOf(plan, tenants) {
  return tenants + plan.methods.length * plan.rounds * plan.firstTenants;
}
