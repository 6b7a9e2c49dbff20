import { QuotaExceededError } from '../errors.js';
import { TenantContext } from '../tenant-context.js';
import type { EffectivePlans } from './effective-plan.js';

/** How much the tenant in force may have. What it has, the app counts. */
export class TenantQuotas {
  readonly #plans: EffectivePlans;

  constructor(plans: EffectivePlans) {
    this.#plans = plans;
  }

  /**
   * @returns `Infinity` for no limit.
   * @throws {TenantContextMissingError} when no tenant is in force.
   * @throws {PlanEntryUnknownError} when no plan has the quota.
   */
  limitOf(quota: string): number {
    const limit = this.#plans.quotaOf(TenantContext.require(), quota);
    return limit === 'unlimited' ? Number.POSITIVE_INFINITY : limit;
  }

  /**
   * Lets the tenant have one more. Two requests at once may both count the same: count within the transaction that adds, after
   * a lock that both need (`tenantLock`).
   *
   * @param used - how many the tenant has.
   * @throws {QuotaExceededError} when it has as many as it may.
   * @throws {TenantContextMissingError} when no tenant is in force.
   * @throws {PlanEntryUnknownError} when no plan has the quota.
   */
  requireRoom(quota: string, used: number): void {
    const limit = this.limitOf(quota);
    // A count that is no number is refused too.
    if (!(used < limit)) throw new QuotaExceededError(quota, limit);
  }
}
