import { hash } from 'node:crypto';
import {
  type EffectivePlans,
  type Rate,
  type RateState,
  rateWindow,
  type Tenant,
  TenantContext,
  TenantRateLimitedError,
} from '@rowhouse/core';
import { isPromise, type MaybePromise } from '../resolvers/tenant-resolver.js';
import { MemoryRateStore } from './memory-rate-store.js';
import type { CountedWindow, RateStore, WindowState } from './rate-store.js';

/** A rate that something is counted in. */
export interface CountedRate {
  /** As clients see it. */
  readonly policy: string;
  readonly rate: Rate;
  /** What is counted together. */
  readonly counter: string;
  readonly tenant: Tenant | undefined;
  /** One of the tenant's users or addresses; `undefined` for the tenant as a whole. */
  readonly who?: string | undefined;
}

export interface TakenRate {
  readonly policy: string;
  readonly state: RateState;
  readonly isRefused: boolean;
}

/** How often the tenant in force may do something, by its plan. */
export class TenantRates {
  readonly #plans: EffectivePlans;
  readonly #store: RateStore;

  /** @param store - where it is counted. Default: in this instance. */
  constructor(plans: EffectivePlans, store: RateStore = new MemoryRateStore()) {
    this.#plans = plans;
    this.#store = store;
  }

  /**
   * Counts one time more.
   *
   * @returns what is left; `undefined` when there is no limit.
   * @throws {TenantRateLimitedError} when the tenant has done it as often as it may.
   * @throws {TenantContextMissingError} when no tenant is in force.
   * @throws {PlanEntryUnknownError} when no plan has the rate.
   */
  async take(name: string): Promise<RateState | undefined> {
    const tenant = TenantContext.require();
    const rate = this.rateOf(tenant, name);
    const [taken] = await this.count([{ policy: name, rate, counter: name, tenant }]);
    if (taken?.isRefused) throw new TenantRateLimitedError(name, taken.state);
    return taken?.state;
  }

  /** @internal @throws {PlanEntryUnknownError} */
  rateOf(tenant: Tenant, name: string): Rate {
    return this.#plans.rateOf(tenant, name);
  }

  /** @internal Counts one in each of the rates, or in none when one of them refuses. */
  count(rates: readonly CountedRate[]): MaybePromise<readonly TakenRate[]> {
    const limited = rates.filter(({ rate }) => rate !== 'unlimited');
    if (limited.length === 0) return [];
    const windows = limited.map(windowOf);
    const states = this.#store.take(windows);
    const taken = (settled: readonly WindowState[]) =>
      limited.flatMap(({ policy }, at) => {
        const found = settled.find(({ window }) => window === windows[at]);
        return found ? takenOf(policy, found) : [];
      });
    return isPromise(states) ? states.then(taken) : taken(states);
  }
}

function windowOf(counted: CountedRate): CountedWindow {
  const { limit, windowSeconds } = rateWindow(counted.rate);
  return { limit, windowSeconds, key: keyOf(counted) };
}

/** A tenant whose rate is changed begins anew. Names of users and addresses are not shown by a key. */
function keyOf({ rate, counter, tenant, who }: CountedRate): string {
  const key = `${tenant?.id ?? '-'} ${counter} ${rate}`;
  return who === undefined ? key : hash('sha256', `${key} ${who}`, 'base64url');
}

function takenOf(policy: string, { window, used, resetMs }: WindowState): TakenRate {
  const { limit, windowSeconds } = window;
  const resetSeconds = Math.max(1, Math.ceil(resetMs / 1_000));
  return {
    policy,
    state: { limit, windowSeconds, remaining: Math.max(0, limit - used), resetSeconds },
    isRefused: used > limit,
  };
}
