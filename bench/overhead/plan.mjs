import { oneOf } from '../harness/command-line.mjs';
import { WORKS } from '../harness/works.mjs';

export const BASELINE = 'none';

/** The baseline once more, in a process of its own: its ratio is to be 1. Where it is not, no figure of that run is worth anything. */
export const AGAIN = 'none-again';

/** Variants without tenancy: in an `AsyncLocalStorage`; with statements that are prepared, the best there is without tenancy. */
export const SHARED = [BASELINE, AGAIN, 'none-als', 'none-prepared'];

/** The pin alone, with which roles and guard are compared. */
export const PIN_ALONE = 'rowhouse-pin';

/** With metrics, lines and rates; and what it is compared with: the same without any of them, and with lines of pino alone. */
export const OBSERVED = 'rowhouse-metrics';
export const UNOBSERVED = ['rowhouse-statement', 'rowhouse-lines'];

/** The variants with roles: their logins act as tenants and have no privileges of their own. */
export const WALLED = ['rowhouse-roles', ...UNOBSERVED, OBSERVED, 'rowhouse-session'];

/** The usual ways without Rowhouse, which are made for schemas. */
const ON_SCHEMAS = ['datasource-per-tenant', 'set-search-path', 'set-local'];

export const VARIANTS = [...SHARED, PIN_ALONE, ...WALLED, ...ON_SCHEMAS];

/** Those that leave something on a connection, which a pooler in transaction mode would give to somebody else. */
const WITHOUT_POOLER = ['none-prepared', 'rowhouse-session', 'datasource-per-tenant', 'set-search-path'];

/**
 * @typedef {object} Plan
 * @property {number[]} tenants
 * @property {string[]} platforms
 * @property {string[]} works
 * @property {string[]} variants the baseline first, then itself again
 * @property {number} rounds at most
 * @property {number} firstRounds in which first requests are timed
 * @property {number} [seconds] of one cell; else see {@link secondsOf}
 * @property {'uniform' | 'zipf'} draw how often which tenant is asked for
 * @property {'schema' | 'row' | 'database'} isolation of the tenants, in the variants with Rowhouse
 * @property {number} delayMs that a round trip to the server takes longer
 * @property {boolean} pooler whether all variants go through PgBouncer
 * @property {number} warmUpRequests answered before the first round, per variant and work; fewer of heavier works
 * @property {number} firstTenants tenants per round whose first request is timed
 * @property {number} connections under load
 * @property {boolean} profile
 */

/**
 * @param {import('../harness/command-line.mjs').Options} options
 * @returns {Plan}
 */
export function planOf({
  quick,
  profile,
  tenants,
  platforms,
  works,
  variants,
  rounds,
  seconds,
  draw,
  isolation = 'schema',
  delayMs,
  pooler,
}) {
  const possible = VARIANTS.filter(
    (variant) =>
      !(pooler && WITHOUT_POOLER.includes(variant)) &&
      !(isolation !== 'schema' && ON_SCHEMAS.includes(variant)),
  );
  const chosen = oneOf('variant', variants, possible) ?? possible;
  return {
    tenants: tenants ?? tenantsOf(isolation, quick),
    platforms: platforms ?? ['fastify', 'express'],
    works: works ?? ['get', 'post'],
    variants: [BASELINE, AGAIN, ...chosen.filter((variant) => ![BASELINE, AGAIN].includes(variant))],
    rounds: rounds ?? (quick ? 60 : 400),
    firstRounds: quick ? 3 : 10,
    seconds,
    draw: draw ?? 'uniform',
    isolation,
    delayMs: delayMs ?? 0,
    pooler,
    warmUpRequests: quick ? 5_000 : 10_000,
    // A database each, which nobody else needs.
    firstTenants: isolation === 'database' ? 2 : 8,
    connections: 32,
    profile,
  };
}

/** As many databases as connections to them are kept open for. */
function tenantsOf(isolation, quick) {
  if (isolation === 'database') return [10];
  return quick ? [10, 1_000] : [10, 100, 1_000, 10_000];
}

/** How much longer than a small request this one takes. */
export function weightOf(work) {
  return Math.max(1, WORKS[work].statements / 3);
}

/** How long a cell of this work is: 0.1 s, and more where that would be too short for some answers on each connection. */
export function secondsOf(plan, work) {
  return plan.seconds ?? 0.1 * weightOf(work);
}

/**
 * The tenants that nobody asks for before their first request is timed: a slice of its own for every work
 * and round, behind those under load.
 */
export function firstTenantOf(plan, tenants, work, round) {
  return tenants + 1 + (plan.works.indexOf(work) * plan.firstRounds + round) * plan.firstTenants;
}

/** How many tenants there must be for {@link firstTenantOf}. */
export function fleetSizeOf(plan, tenants) {
  return tenants + plan.works.length * plan.firstRounds * plan.firstTenants;
}
