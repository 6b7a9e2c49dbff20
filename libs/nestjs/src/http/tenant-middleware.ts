import type { ServerResponse } from 'node:http';
import { isPromise } from '../resolvers/tenant-resolver.js';
import type { Next } from './http-platform.js';
import type { PathPrefix } from './path-prefix.js';
import { type RawRequest, stateOf } from './request-state.js';
import type { RequestTenancy } from './request-tenancy.js';

export type Middleware = (raw: RawRequest, response: ServerResponse, next: Next) => void;

/**
 * Runs the rest of the request as its tenant. It refuses nothing: what a route needs is not known before
 * the request is routed.
 */
export function tenantMiddleware(tenancy: RequestTenancy): Middleware {
  return (raw, response, next) => {
    const outcome = tenancy.outcomeOf(raw);
    if (!isPromise(outcome)) return tenancy.enter(outcome, { raw, response }, next);
    void outcome.then((settled) => tenancy.enter(settled, { raw, response }, next));
  };
}

/**
 * Express routes after its middleware, so the tenant's prefix can still be taken off here: where the app is
 * called without its HTTP server (serverless), nobody has yet.
 */
export function stripPrefixMiddleware(prefix: PathPrefix): Middleware {
  return (raw, _response, next) => {
    prefix.strip(raw);
    next(stateOf(raw).malformedTarget);
  };
}
