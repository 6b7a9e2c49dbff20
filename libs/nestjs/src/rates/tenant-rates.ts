import {
  type EffectivePlans,
  type Rate,
  type RateState,
  type Tenant,
  TenantContext,
  TenantRateLimitedError,
} from '@rowhouse/core';
import type { MaybePromise } from '../resolvers/tenant-resolver.js';
import { isRefused, type LimitedWindow, rateStateOf, windowOf } from './limited-window.js';
import { MemoryRateStore } from './memory-rate-store.js';
import type { RateStore, WindowState } from './rate-store.js';

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
    const window = windowOf({ policy: name, rate, counter: name, tenant });
    const [taken] = window ? await this.count([window]) : [];
    if (!taken) return undefined;
    if (isRefused(taken)) throw new TenantRateLimitedError(name, rateStateOf(taken));
    return rateStateOf(taken);
  }

  /** @internal @throws {PlanEntryUnknownError} */
  rateOf(tenant: Tenant, name: string): Rate {
    return this.#plans.rateOf(tenant, name);
  }

  /** @internal Counts one in each of the windows, or in none when one of them refuses. */
  count(windows: readonly LimitedWindow[]): MaybePromise<readonly WindowState<LimitedWindow>[]> {
    return this.#store.take(windows);
  }
}
