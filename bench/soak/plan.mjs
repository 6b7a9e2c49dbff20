import { oneOf } from '../harness/command-line.mjs';

/** Each variant with the app's variant that it is. */
export const APPS = {
  limited: 'rowhouse-limits',
  guarded: 'rowhouse-statement',
  unguarded: 'rowhouse-roles',
};

const QUIET_TENANTS = 10;
const HOSTILE_TENANTS = 3;

/**
 * @typedef {object} Plan
 * @property {string[]} variants
 * @property {string} platform
 * @property {number} aloneSeconds
 * @property {number} attackSeconds
 * @property {number} leadSeconds of the attack, before anything counts
 * @property {{ tenants: number, readsPerSecond: number, writesPerSecond: number }} quiet the tenants from 1
 * @property {{ tenants: number[], concurrency: number }} hostile each has so many requests in progress
 */

/**
 * @param {import('../harness/command-line.mjs').Options} options
 * @returns {Plan}
 */
export function planOf({ quick, variants, platforms, minutes }) {
  const seconds = 60 * (minutes ?? (quick ? 1 / 3 : 10));
  return {
    variants: oneOf('variant', variants, Object.keys(APPS)) ?? Object.keys(APPS),
    platform: platforms?.[0] ?? 'fastify',
    aloneSeconds: Math.min(60, seconds / 2),
    attackSeconds: seconds,
    leadSeconds: 2,
    quiet: { tenants: QUIET_TENANTS, readsPerSecond: 40, writesPerSecond: 20 },
    hostile: {
      tenants: Array.from({ length: HOSTILE_TENANTS }, (_, index) => QUIET_TENANTS + 1 + index),
      concurrency: 3,
    },
  };
}
