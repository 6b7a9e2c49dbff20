import type { ExecutionContext } from '@nestjs/common';
import type { HttpAdapterHost } from '@nestjs/core';
import { type RateState, TenantContext, TenantRateLimitedError } from '@rowhouse/core';
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

  /** @throws {TenantRateLimitedError} when one of the limits of its handler refuses the request. */
  async take(context: ExecutionContext): Promise<void> {
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
    const taken = await this.rates.count(counted);
    this.#say(context, taken);
    const refused = taken.find(({ isRefused }) => isRefused);
    if (refused) throw new TenantRateLimitedError(refused.policy, refused.state);
  }

  #say(context: ExecutionContext, taken: readonly TakenRate[]): void {
    if (taken.length === 0 || context.getType() !== 'http') return;
    const response: unknown = context.switchToHttp().getResponse();
    const field = (name: string, describe: (state: RateState) => string) =>
      this.host.httpAdapter.setHeader(
        response,
        name,
        taken.map(({ policy, state }) => `"${policy}";${describe(state)}`).join(', '),
      );
    field('RateLimit-Policy', ({ limit, windowSeconds }) => `q=${limit};w=${windowSeconds}`);
    field('RateLimit', ({ remaining, resetSeconds }) => `r=${remaining};t=${resetSeconds}`);
  }
}
