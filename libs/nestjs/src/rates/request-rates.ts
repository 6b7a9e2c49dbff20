import type { ExecutionContext } from '@nestjs/common';
import type { HttpAdapterHost } from '@nestjs/core';
import { type Tenant, TenantContext, TenantRateLimitedError } from '@rowhouse/core';
import { isPromise, type MaybePromise } from '../resolvers/tenant-resolver.js';
import { type HandlerLimit, limitsOf, type RateLimitedBy } from './declared-limits.js';
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

/** What requests of a tenant are counted in by a handler's limits. */
interface HandlerWindows {
  /** Of the tenant as a whole. */
  readonly windows: readonly LimitedWindow[];
  /** Whose each of them is. */
  readonly by: readonly RateLimitedBy[];
  /** Whether each of them is the tenant's as a whole. */
  readonly areWhole: boolean;
  /** The field `RateLimit-Policy`. */
  readonly policies: string;
}

/** Counts requests by the limits of their handlers, and says in the answers what is left. */
export class RequestRates {
  /** What a tenant may is part of the tenant, and a tenant that is changed is another object. By the limits of a handler. */
  readonly #windows = new WeakMap<object, Map<readonly HandlerLimit[], HandlerWindows>>();

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
    if (limits.length === 0) return;
    const scope = TenantContext.scope();
    if (scope?.entry) return;
    const ofHandler = this.#windowsOf(limits, scope?.kind === 'tenant' ? scope.tenant : undefined);
    if (ofHandler.windows.length === 0) return;
    const states = this.rates.count(this.#countedIn(ofHandler, context));
    return isPromise(states)
      ? states.then((settled) => this.#admit(context, ofHandler, settled))
      : this.#admit(context, ofHandler, states);
  }

  #countedIn({ windows, by, areWhole }: HandlerWindows, context: ExecutionContext): readonly LimitedWindow[] {
    if (areWhole) return windows;
    return windows.map((window, at) => {
      const who = whoIsCounted(context, by[at] ?? 'tenant', this.userOf);
      return who === undefined ? window : windowOfOne(window, who);
    });
  }

  #windowsOf(limits: readonly HandlerLimit[], tenant: Tenant | undefined): HandlerWindows {
    const owner = tenant ?? NOBODY;
    let byLimits = this.#windows.get(owner);
    if (!byLimits) {
      byLimits = new Map();
      this.#windows.set(owner, byLimits);
    }
    let windows = byLimits.get(limits);
    if (!windows) {
      windows = this.#make(limits, tenant);
      byLimits.set(limits, windows);
    }
    return windows;
  }

  #make(limits: readonly HandlerLimit[], tenant: Tenant | undefined): HandlerWindows {
    const known = limits.flatMap(({ rate, policy, written, counter, by }) => {
      if (!tenant && by !== 'ip') return [];
      const value = written ?? (tenant && this.rates.rateOf(tenant, rate));
      const window = value && windowOf({ policy, rate: value, counter, tenant });
      return window ? [{ window, by }] : [];
    });
    const windows = known.map(({ window }) => window);
    return {
      windows,
      by: known.map(({ by }) => by),
      areWhole: known.every(({ by }) => by === 'tenant'),
      policies: policiesOf(windows),
    };
  }

  #admit(
    context: ExecutionContext,
    { windows, policies }: HandlerWindows,
    states: readonly WindowState<LimitedWindow>[],
  ): void {
    if (states.length > 0 && context.getType() === 'http') {
      const looked =
        states.length === windows.length ? policies : policiesOf(states.map(({ window }) => window));
      const response: unknown = context.getArgByIndex(1);
      const { httpAdapter } = this.host;
      // In lower case, as Fastify keeps them: that of another spelling is a new text at each request.
      httpAdapter.setHeader(response, 'ratelimit-policy', looked);
      httpAdapter.setHeader(response, 'ratelimit', states.map(leftItemOf).join(', '));
    }
    const refused = states.find(isRefused);
    if (refused) throw new TenantRateLimitedError(refused.window.policy, rateStateOf(refused));
  }
}

function policiesOf(windows: readonly LimitedWindow[]): string {
  return windows.map(({ policyItem }) => policyItem).join(', ');
}
