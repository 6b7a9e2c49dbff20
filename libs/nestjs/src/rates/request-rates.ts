import type { ExecutionContext } from '@nestjs/common';
import type { HttpAdapterHost } from '@nestjs/core';
import { type Tenant, TenantContext, TenantRateLimitedError } from '@rowhouse/core';
import { isPromise, type MaybePromise } from '../resolvers/tenant-resolver.js';
import { type HandlerLimit, limitsOf } from './declared-limits.js';
import {
  isRefused,
  type LimitedWindow,
  leftItemOf,
  rateStateOf,
  windowOf,
  windowOfOne,
} from './limited-window.js';
import { type RateUserOf, whoIsCounted } from './rate-key.js';
import type { WindowState } from './rate-store.js';
import type { TenantRates } from './tenant-rates.js';

/** Stands for the tenant of requests without one. */
const NOBODY = {};

/** Counts requests by the limits of their handlers, and says in the answers what is left. */
export class RequestRates {
  /** Of tenants as a whole: what they may is part of the tenant, and a tenant that is changed is another object. */
  readonly #windows = new WeakMap<object, Map<HandlerLimit, LimitedWindow | undefined>>();

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
    const limits = limitsOf(context.getClass(), context.getHandler());
    if (limits.length === 0 || TenantContext.entry()) return;
    const tenant = TenantContext.get();
    const windows: LimitedWindow[] = [];
    for (const limit of limits) {
      const window = this.#windowOf(limit, tenant, context);
      if (window) windows.push(window);
    }
    if (windows.length === 0) return;
    const states = this.rates.count(windows);
    return isPromise(states)
      ? states.then((settled) => this.#admit(context, settled))
      : this.#admit(context, states);
  }

  #windowOf(
    limit: HandlerLimit,
    tenant: Tenant | undefined,
    context: ExecutionContext,
  ): LimitedWindow | undefined {
    if (!tenant && limit.by !== 'ip') return undefined;
    const whole = this.#windowOfAll(limit, tenant);
    const who = whole && whoIsCounted(context, limit.by, this.userOf);
    return whole && who !== undefined ? windowOfOne(whole, who) : whole;
  }

  #windowOfAll(limit: HandlerLimit, tenant: Tenant | undefined): LimitedWindow | undefined {
    const owner = tenant ?? NOBODY;
    let windows = this.#windows.get(owner);
    if (!windows) {
      windows = new Map();
      this.#windows.set(owner, windows);
    }
    if (!windows.has(limit)) windows.set(limit, this.#make(limit, tenant));
    return windows.get(limit);
  }

  #make(
    { rate, policy, written, counter }: HandlerLimit,
    tenant: Tenant | undefined,
  ): LimitedWindow | undefined {
    const value = written ?? (tenant && this.rates.rateOf(tenant, rate));
    return value && windowOf({ policy, rate: value, counter, tenant });
  }

  #admit(context: ExecutionContext, states: readonly WindowState<LimitedWindow>[]): void {
    this.#say(context, states);
    const refused = states.find(isRefused);
    if (refused) throw new TenantRateLimitedError(refused.window.policy, rateStateOf(refused));
  }

  #say(context: ExecutionContext, states: readonly WindowState<LimitedWindow>[]): void {
    if (states.length === 0 || context.getType() !== 'http') return;
    const response: unknown = context.getArgByIndex(1);
    const { httpAdapter } = this.host;
    const policies = states.map(({ window }) => window.policyItem);
    httpAdapter.setHeader(response, 'RateLimit-Policy', policies.join(', '));
    httpAdapter.setHeader(response, 'RateLimit', states.map(leftItemOf).join(', '));
  }
}
