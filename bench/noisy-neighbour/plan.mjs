import { oneOf } from '../harness/command-line.mjs';

/** Each variant with the app's variant that it is. */
const APPS = { rowhouse: 'rowhouse-statement', 'no-fair-pool': 'set-local' };
const THROTTLE_APPS = { throttle: 'rowhouse-throttle', 'fair-pool': 'rowhouse-metrics' };

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
 * @property {Record<string, string>} apps each variant with the app's variant that it is
 * @property {string[]} variants
 * @property {string[]} platforms
 * @property {number} rounds
 * @property {number} seconds of one measured part of a cell: alone, and with the flood
 * @property {number} acquireTimeoutMs
 * @property {{ tenants: number, perSecond: number }} quiet
 * @property {{ tenant: number, perSecond: number, statementMs?: number, statementRows?: number }} flood
 * @property {{ alone: number, flood: number }} leadSeconds
 * @property {boolean} [isNamed] whether the flood is found and named; each round begins when nobody is
 */

/**
 * @param {import('../harness/command-line.mjs').Options} options
 * @returns {Plan}
 */
export function planOf({ quick, platforms, variants, rounds, seconds }) {
  return {
    apps: APPS,
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

/** Statements a second that take a processor for some 50 ms each: more than most servers have processors for. */
const BURNING_PER_SECOND = 100;
const BURNING_ROWS = 500_000;
/** Within ten seconds the flood is named; a report of the others takes two more. */
const NAMED_SECONDS = 12;

/**
 * A flood that burns the server's processors, measured when there was time to find it.
 *
 * @param {import('../harness/command-line.mjs').Options} options
 * @returns {Plan}
 */
export function throttlePlanOf({ quick, platforms, variants, rounds, seconds }) {
  return {
    apps: THROTTLE_APPS,
    variants: oneOf('variant', variants, Object.keys(THROTTLE_APPS)) ?? Object.keys(THROTTLE_APPS),
    platforms: platforms ?? ['fastify'],
    rounds: rounds ?? (quick ? 2 : 5),
    seconds: seconds ?? (quick ? 5 : 10),
    acquireTimeoutMs: ACQUIRE_TIMEOUT_MS,
    quiet: { tenants: QUIET_TENANTS, perSecond: 10 * QUIET_TENANTS },
    flood: { tenant: QUIET_TENANTS + 1, perSecond: BURNING_PER_SECOND, statementRows: BURNING_ROWS },
    leadSeconds: { alone: 0.5, flood: NAMED_SECONDS },
    isNamed: true,
  };
}
