import { hash } from 'node:crypto';
import { type Rate, type RateState, rateWindow, type Tenant } from '@rowhouse/core';
import type { CountedWindow, WindowState } from './rate-store.js';

/** The window of a rate. It is the same for all requests that are counted in it. */
export interface LimitedWindow extends CountedWindow {
  /** As clients see it. */
  readonly policy: string;
  /** Its item of the field `RateLimit-Policy`. */
  readonly policyItem: string;
}

/** A rate that something is counted in. */
export interface CountedRate {
  /** As clients see it. */
  readonly policy: string;
  readonly rate: Rate;
  /** What is counted together. */
  readonly counter: string;
  readonly tenant: Tenant | undefined;
}

/** The window of a tenant as a whole; `undefined` where there is no limit. */
export function windowOf({ policy, rate, counter, tenant }: CountedRate): LimitedWindow | undefined {
  if (rate === 'unlimited') return undefined;
  const { limit, windowSeconds } = rateWindow(rate);
  // A tenant whose rate is changed begins anew.
  const key = `${tenant?.id ?? '-'} ${counter} ${rate}`;
  return { key, limit, windowSeconds, policy, policyItem: `"${policy}";q=${limit};w=${windowSeconds}` };
}

/** The window of one of the users or addresses of the tenant. Names of them are not shown by its key. */
export function windowOfOne(window: LimitedWindow, who: string): LimitedWindow {
  return { ...window, key: hash('sha256', `${window.key} ${who}`, 'base64url') };
}

/** Whether a window has none left for what was to be counted. */
export function isRefused({ used, window }: WindowState): boolean {
  return used > window.limit;
}

export function rateStateOf({ window, used, resetMs }: WindowState): RateState {
  const { limit, windowSeconds } = window;
  const resetSeconds = Math.max(1, Math.ceil(resetMs / 1_000));
  return { limit, windowSeconds, remaining: Math.max(0, limit - used), resetSeconds };
}

/** The item of a window in the field `RateLimit`. */
export function leftItemOf(state: WindowState<LimitedWindow>): string {
  const { remaining, resetSeconds } = rateStateOf(state);
  return `"${state.window.policy}";r=${remaining};t=${resetSeconds}`;
}
