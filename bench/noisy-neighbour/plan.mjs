import { oneOf } from '../harness/command-line.mjs';

/** Each variant with the app's variant that it is. */
export const APPS = { rowhouse: 'rowhouse-statement', 'no-fair-pool': 'set-local' };

/** Connections of the app's pool, as in bench/app/src/settings.ts. */
const POOL_SIZE = 20;

const QUIET_TENANTS = 20;

/** The flood asks for this many times the connections that would be the noisy tenant's if all had the same. */
const TIMES_ITS_SHARE = 50;
const STATEMENT_MS = 500;
const FLOOD_PER_SECOND = (TIMES_ITS_SHARE * (POOL_SIZE / (QUIET_TENANTS + 1))) / (STATEMENT_MS / 1_000);

/** Shorter than the default, so that the flood is in full swing after two seconds. */
const ACQUIRE_TIMEOUT_MS = 2_000;

/**
 * @typedef {object} Plan
 * @property {string[]} variants
 * @property {string[]} platforms
 * @property {number} rounds
 * @property {number} seconds of one measured part of a cell: alone, and with the flood
 * @property {number} acquireTimeoutMs
 * @property {{ tenants: number, perSecond: number }} quiet
 * @property {{ tenant: number, perSecond: number, statementMs: number }} flood
 * @property {{ alone: number, flood: number }} leadSeconds
 */

/**
 * @param {import('../harness/command-line.mjs').Options} options
 * @returns {Plan}
 */
export function planOf({ quick, platforms, variants, rounds, seconds }) {
  return {
    variants: oneOf('variant', variants, Object.keys(APPS)) ?? Object.keys(APPS),
    platforms: platforms ?? ['fastify'],
    rounds: rounds ?? (quick ? 3 : 10),
    seconds: seconds ?? (quick ? 2.5 : 10),
    acquireTimeoutMs: ACQUIRE_TIMEOUT_MS,
    quiet: { tenants: QUIET_TENANTS, perSecond: 10 * QUIET_TENANTS },
    flood: { tenant: QUIET_TENANTS + 1, perSecond: FLOOD_PER_SECOND, statementMs: STATEMENT_MS },
    leadSeconds: { alone: 0.5, flood: ACQUIRE_TIMEOUT_MS / 1_000 + 0.5 },
  };
}
