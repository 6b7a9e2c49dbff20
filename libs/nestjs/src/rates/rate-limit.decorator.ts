import {
  applyDecorators,
  type CanActivate,
  type ExecutionContext,
  Inject,
  Injectable,
  UseGuards,
} from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import type { EffectivePlans } from '@rowhouse/core';
import { isPromise, type MaybePromise } from '../resolvers/tenant-resolver.js';
import { refuseUnknownNames } from '../routes/handlers-of.js';
import { InjectTenancyOptions, type TenancyOptions } from '../tenancy-options.js';
import { addLimit, limitsOf, type RateLimitedBy, writtenRate } from './declared-limits.js';
import { RequestRates } from './request-rates.js';

const COUNTED = Symbol('rowhouse.rates-counted');

/** The guards of a controller and those of its handler get the same context, which counts once. */
type CountedContext = ExecutionContext & { [COUNTED]?: true };

/** As that of features: where there is an access policy, requests count after it, so that nobody else uses up what a tenant has. */
@Injectable()
class RateGuard implements CanActivate {
  constructor(
    @Inject(RequestRates) private readonly rates: RequestRates,
    @InjectTenancyOptions() private readonly options: TenancyOptions,
  ) {}

  /** @throws {TenantRateLimitedError} */
  canActivate(context: CountedContext): MaybePromise<boolean> {
    const isAskedLater = this.options.accessPolicy !== undefined && context.getType() === 'http';
    if (isAskedLater || context[COUNTED]) return true;
    context[COUNTED] = true;
    const taken = this.rates.take(context);
    return isPromise(taken) ? taken.then(() => true) : true;
  }
}

export interface RateLimitOptions {
  /**
   * Who is limited: the tenant as a whole; each of its users, or each address where nobody is signed in; or each address, also of
   * requests without a tenant. Default `tenant`.
   */
  readonly by?: RateLimitedBy;
}

/**
 * Counts requests, and refuses those beyond a rate: 429 `TENANT_RATE_LIMITED`, with `Retry-After`. Answers say what is left, in the
 * fields `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers).
 *
 *     @RateLimit('requests')                    // of the tenant's plan: all routes with this name together
 *     @RateLimit('10/second')                   // what it stands on
 *     @RateLimit('100/minute', { by: 'user' })
 *
 * Several hold together. On a handler or a controller; those of the handler take the place of those of the controller. Those of an
 * operator's entry do not count, and requests without a tenant only by address. The application does not start when no plan has the rate.
 *
 * @throws {TypeError} for what is neither a name nor a rate.
 */
export function RateLimit(
  rate: string,
  { by = 'tenant' }: RateLimitOptions = {},
): MethodDecorator & ClassDecorator {
  if (!rate.trim())
    throw new TypeError("@RateLimit: expected a rate such as '100/minute', or the name of a plan's.");
  writtenRate(rate);
  const declare = (target: object, _key?: string | symbol, descriptor?: PropertyDescriptor) =>
    addLimit({ rate, by }, descriptor?.value ?? target);
  return applyDecorators(declare as MethodDecorator & ClassDecorator, UseGuards(RateGuard));
}

/** @throws {OptionsInvalidError} for handlers with a rate of no plan. */
export function refuseUnknownRates(modules: ModulesContainer, plans: EffectivePlans): void {
  refuseUnknownNames(
    modules,
    (owner, handler) => limitsOf(owner, handler).flatMap(({ rate, written }) => (written ? [] : [rate])),
    (name) => plans.isRate(name),
    (rate, handler) => `expected a plan with the rate "${rate}", which ${handler} is limited to`,
  );
}
