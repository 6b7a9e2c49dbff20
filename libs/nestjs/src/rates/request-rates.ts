import type { ExecutionContext } from '@nestjs/common';
import type { HttpAdapterHost } from '@nestjs/core';
import { TenantContext, TenantRateLimitedError } from '@rowhouse/core';
import { isPromise, type MaybePromise } from '../resolvers/tenant-resolver.js';
import { limitsOf } from './declared-limits.js';
import { type RateUserOf, whoIsCounted } from './rate-key.js';
import type { CountedRate, TakenRate, TenantRates } from './tenant-rates.js';

/** Counts requests by the limits of their handlers, and says in the answers what is left. */
export class RequestRates {
  constructor(
    private readonly rates: TenantRates,
    private readonly userOf: RateUserOf,
    private readonly host: HttpAdapterHost,
  ) {}

  /**
   * A promise, unless the store of rates knows at once.
   *
   * @throws {TenantRateLimitedError} when one of the limits of its handler refuses the request.
   */
  take(context: ExecutionContext): MaybePromise<void> {
    const declared = limitsOf(context.getClass(), context.getHandler());
    if (declared.length === 0 || TenantContext.entry()) return;
    const tenant = TenantContext.get();
    const counted: CountedRate[] = [];
    for (const { rate, by, policy, written, counter } of declared) {
      if (!tenant && by !== 'ip') continue;
      const value = written ?? (tenant && this.rates.rateOf(tenant, rate));
      if (value === undefined) continue;
      counted.push({ policy, rate: value, counter, tenant, who: whoIsCounted(context, by, this.userOf) });
    }
    if (counted.length === 0) return;
    const taken = this.rates.count(counted);
    return isPromise(taken)
      ? taken.then((settled) => this.#admit(context, settled))
      : this.#admit(context, taken);
  }

  #admit(context: ExecutionContext, taken: readonly TakenRate[]): void {
    this.#say(context, taken);
    const refused = taken.find(({ isRefused }) => isRefused);
    if (refused) throw new TenantRateLimitedError(refused.policy, refused.state);
  }

  #say(context: ExecutionContext, taken: readonly TakenRate[]): void {
    if (taken.length === 0 || context.getType() !== 'http') return;
    const response: unknown = context.switchToHttp().getResponse();
    const policies = taken.map(
      ({ policy, state: { limit, windowSeconds } }) => `"${policy}";q=${limit};w=${windowSeconds}`,
    );
    const left = taken.map(
      ({ policy, state: { remaining, resetSeconds } }) => `"${policy}";r=${remaining};t=${resetSeconds}`,
    );
    const { httpAdapter } = this.host;
    httpAdapter.setHeader(response, 'RateLimit-Policy', policies.join(', '));
    httpAdapter.setHeader(response, 'RateLimit', left.join(', '));
  }
}
