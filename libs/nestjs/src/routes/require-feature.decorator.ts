import {
  applyDecorators,
  type CanActivate,
  type ExecutionContext,
  Inject,
  Injectable,
  SetMetadata,
  UseGuards,
} from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import { EffectivePlans, FeatureMissingError, TenantContext } from '@rowhouse/core';
import { InjectTenancyOptions, type TenancyOptions } from '../tenancy-options.js';
import { nameOn, refuseUnknownNames } from './handlers-of.js';

const FEATURE = 'rowhouse:required-feature';

/**
 * A guard, so that no interceptor, as that of a cache, answers before it. Where there is an access policy, its interceptor asks for
 * the feature after the policy, so that nobody else learns what a tenant has.
 */
@Injectable()
class FeatureGuard implements CanActivate {
  constructor(
    @Inject(EffectivePlans) private readonly plans: EffectivePlans,
    @InjectTenancyOptions() private readonly options: TenancyOptions,
  ) {}

  /** @throws {FeatureMissingError} */
  canActivate(context: ExecutionContext): boolean {
    // Interceptors do not come before every handler of GraphQL.
    const isAskedLater = this.options.accessPolicy !== undefined && context.getType() === 'http';
    if (!isAskedLater) requireFeatureOf(context, this.plans);
    return true;
  }
}

/**
 * Refuses requests of tenants that do not have the feature, and those of no tenant: 403 `FEATURE_MISSING`. On a handler or a
 * controller; the handler's takes precedence. The application does not start when no plan has the feature.
 *
 * @throws {TypeError} when it is empty.
 */
export function RequireFeature(feature: string): MethodDecorator & ClassDecorator {
  if (!feature.trim()) throw new TypeError("@RequireFeature: expected a feature such as 'export'.");
  return applyDecorators(SetMetadata(FEATURE, feature), UseGuards(FeatureGuard));
}

/** @throws {FeatureMissingError} when the handler requires a feature, and no tenant that has it is in force. */
export function requireFeatureOf(context: ExecutionContext, plans: EffectivePlans): void {
  const feature = nameOn(FEATURE, context.getClass(), context.getHandler());
  if (feature === undefined) return;
  const tenant = TenantContext.get();
  if (!tenant || !plans.hasFeature(tenant, feature)) throw new FeatureMissingError(feature);
}

/** @throws {OptionsInvalidError} for handlers that require a feature of no plan. */
export function refuseUnknownFeatures(modules: ModulesContainer, plans: EffectivePlans): void {
  refuseUnknownNames(
    modules,
    (owner, handler) => {
      const feature = nameOn(FEATURE, owner, handler);
      return feature === undefined ? [] : [feature];
    },
    (name) => plans.isFeature(name),
    (feature, handler) => `expected a plan with the feature "${feature}", which ${handler} requires`,
  );
}
