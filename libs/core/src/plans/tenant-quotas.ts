import { QuotaExceededError } from '../errors.js';
import type { Tenant } from '../tenant.js';
import { TenantContext } from '../tenant-context.js';
import type { EffectivePlans } from './effective-plan.js';

/** What a tenant has of a quota. */
export interface QuotaUse {
  readonly tenant: Tenant;
  readonly quota: string;
  readonly used: number;
  readonly limit: number;
  /** Whether something was refused. */
  readonly isReached: boolean;
}

/** How much the tenant in force may have. What it has, the app counts. */
export class TenantQuotas {
  readonly #plans: EffectivePlans;
  readonly #onUse: (use: QuotaUse) => void;

  /** @param onUse - is told what was counted of quotas that have a limit. It must not throw. */
  constructor(plans: EffectivePlans, onUse: (use: QuotaUse) => void = () => {}) {
    this.#plans = plans;
    this.#onUse = onUse;
  }

  /**
   * @returns `Infinity` for no limit.
   * @throws {TenantContextMissingError} when no tenant is in force.
   * @throws {PlanEntryUnknownError} when no plan has the quota.
   */
  limitOf(quota: string): number {
    return this.#limitOf(TenantContext.require(), quota);
  }

  /**
   * Lets the tenant have one more. Two requests at once may both count the same: count within the transaction that adds, after
   * a lock that both need (`tenantLock`).
   *
   * @param used - how many the tenant has.
   * @param adding - how many it is to have more. Default 1.
   * @throws {QuotaExceededError} when it would have more than it may.
   * @throws {TenantContextMissingError} when no tenant is in force.
   * @throws {PlanEntryUnknownError} when no plan has the quota.
   */
  requireRoom(quota: string, used: number, adding = 1): void {
    this.requireRoomFor(TenantContext.require(), quota, used, adding);
  }

  /** As {@link requireRoom}, for a tenant that is not the one in force. */
  requireRoomFor(tenant: Tenant, quota: string, used: number, adding = 1): void {
    const limit = this.#limitOf(tenant, quota);
    if (limit === Number.POSITIVE_INFINITY) return;
    // A count that is no number is refused too.
    const isReached = !(used + adding <= limit);
    this.#onUse({ tenant, quota, used, limit, isReached });
    if (isReached) throw new QuotaExceededError(quota, limit);
  }

  /** Whether a plan has a quota of this name. */
  has(quota: string): boolean {
    return this.#plans.isQuota(quota);
  }

  #limitOf(tenant: Tenant, quota: string): number {
    const limit = this.#plans.quotaOf(tenant, quota);
    return limit === 'unlimited' ? Number.POSITIVE_INFINITY : limit;
  }
}
