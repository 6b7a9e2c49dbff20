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
import { TenantContext, TenantQuotas } from '@rowhouse/core';
import { nameOn, refuseUnknownNames } from '../routes/handlers-of.js';
import { InjectTenancyOptions, type TenancyOptions } from '../tenancy-options.js';
import { QuotaMeters } from './quota-meters.js';

const QUOTA = 'rowhouse:required-quota';

/** Holds requests to the quotas of their handlers. */
export class RequestQuotas {
  constructor(
    private readonly quotas: TenantQuotas,
    private readonly meters: QuotaMeters,
  ) {}

  /** @throws {QuotaExceededError} */
  async require(context: ExecutionContext): Promise<void> {
    const quota = nameOn(QUOTA, context.getClass(), context.getHandler());
    const tenant = TenantContext.get();
    if (quota === undefined || !tenant || this.quotas.limitOf(quota) === Number.POSITIVE_INFINITY) return;
    const used = await this.meters.usedBy(tenant, quota);
    if (used !== undefined) this.quotas.requireRoom(quota, used);
  }

  /** @throws {OptionsInvalidError} for handlers with a quota that no plan has, or that nothing measures. */
  refuseUnknown(modules: ModulesContainer): void {
    refuseUnknownNames(
      modules,
      (owner, handler) => {
        const quota = nameOn(QUOTA, owner, handler);
        return quota === undefined ? [] : [quota];
      },
      (quota) => this.quotas.has(quota) && this.meters.has(quota),
      (quota, handler) =>
        `expected a plan with the quota "${quota}", and something that measures it (QuotaMeters), which ${handler} requires`,
    );
  }
}

/** As that of features: where there is an access policy, it comes first. */
@Injectable()
class QuotaGuard implements CanActivate {
  constructor(
    @Inject(RequestQuotas) private readonly quotas: RequestQuotas,
    @InjectTenancyOptions() private readonly options: TenancyOptions,
  ) {}

  /** @throws {QuotaExceededError} */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const isAskedLater = this.options.accessPolicy !== undefined && context.getType() === 'http';
    if (!isAskedLater) await this.quotas.require(context);
    return true;
  }
}

/**
 * Refuses requests of tenants that have as much of something as they may, by the last reading of its meter: 403 `QUOTA_EXCEEDED`. For
 * what cannot be counted where it is added, such as `storage`. On a handler or a controller; the handler's takes precedence. Requests
 * without a tenant are let through. The application does not start when no plan has the quota, or nothing measures it.
 *
 * @throws {TypeError} when it is empty.
 */
export function RequireQuota(quota: string): MethodDecorator & ClassDecorator {
  if (!quota.trim()) throw new TypeError("@RequireQuota: expected a quota such as 'storage'.");
  return applyDecorators(SetMetadata(QUOTA, quota), UseGuards(QuotaGuard));
}
