import { TenantContext } from '../tenant-context.js';
import type { EffectivePlans } from './effective-plan.js';

/** The features that the tenant in force has. */
export class TenantFeatures {
  readonly #plans: EffectivePlans;

  constructor(plans: EffectivePlans) {
    this.#plans = plans;
  }

  /**
   * @throws {TenantContextMissingError} when no tenant is in force.
   * @throws {PlanEntryUnknownError} when no plan has the feature.
   */
  isEnabled(feature: string): boolean {
    return this.#plans.hasFeature(TenantContext.require(), feature);
  }
}
