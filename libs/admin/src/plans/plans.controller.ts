import { Get, Inject } from '@nestjs/common';
import { Describe } from '../openapi/route-description.js';
import { plansAnswer } from './plan-schemas.js';
import { type DeclaredPlan, TenantPlans } from './tenant-plans.js';

/** The plans that the app declares. */
export class PlansController {
  constructor(@Inject(TenantPlans) private readonly plans: TenantPlans) {}

  @Get()
  @Describe({ summary: 'Lists the plans that the application declares.', answer: plansAnswer })
  list(): { readonly items: readonly DeclaredPlan[] } {
    return { items: this.plans.list() };
  }
}
