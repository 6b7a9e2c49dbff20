import { TenantContext } from '@rowhouse/core';
import { type RawRequest, stateOf } from './request-state.js';
import {
  type MaybePromise,
  type TenantRequest,
  type TenantResolution,
  toTenantRequest,
} from './resolvers/index.js';
import { NodeTenantRequest } from './resolvers/node-tenant-request.js';
import { isPromise } from './resolvers/tenant-resolver.js';
import { EXCLUDED, outcomeOf, type TenantOutcome } from './tenant-outcome.js';

/** Taken at load, outside of everything. */
const outsideAnyTenant = TenantContext.capture();

/** Finds the tenant of a request, and runs the rest of the request as that tenant. The same on every platform. */
export class RequestTenancy {
  readonly #resolution: TenantResolution;

  constructor(resolution: TenantResolution) {
    this.#resolution = resolution;
  }

  /** Asks the resolvers, once per request. Never throws: whether an error matters is for the route to say. */
  outcomeOf(raw: RawRequest): MaybePromise<TenantOutcome> {
    const state = stateOf(raw);
    if (state.outcome) return state.outcome;

    const outcome = this.#resolve(raw);
    if (!isPromise(outcome)) {
      state.outcome = outcome;
      return outcome;
    }
    return outcome.then((settled) => {
      state.outcome ??= settled;
      return state.outcome;
    });
  }

  /** Calls `next` in the context of the request's tenant, or outside any where there is none. */
  enter(outcome: TenantOutcome, next: () => void): void {
    if (outcome.kind === 'resolved') {
      if (TenantContext.get() === outcome.tenant) next();
      else TenantContext.run(outcome.tenant, next);
    } else if (TenantContext.scope()) {
      // A connection's events may come in the context of an earlier request on it.
      outsideAnyTenant(next);
    } else {
      next();
    }
  }

  #resolve(raw: RawRequest): MaybePromise<TenantOutcome> {
    try {
      const request = tenantRequestOf(raw);
      if (this.#resolution.excludes(request.path)) return EXCLUDED;
      const resolved = this.#resolution.resolve(request);
      return isPromise(resolved) ? resolved.then(outcomeOf).catch(failed) : outcomeOf(resolved);
    } catch (error) {
      return failed(error);
    }
  }
}

function failed(error: unknown): TenantOutcome {
  return { kind: 'failed', error: error ?? new Error('A resolver failed without an error.') };
}

/** Resolvers see the target that the client sent, also after a prefix was taken off. */
function tenantRequestOf(raw: RawRequest): TenantRequest {
  const { clientTarget } = stateOf(raw);
  if (clientTarget === undefined) return toTenantRequest(raw);
  const view = Object.create(raw, { originalUrl: { value: clientTarget } });
  return new NodeTenantRequest(view, raw);
}
