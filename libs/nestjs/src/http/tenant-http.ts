import type { ServerResponse } from 'node:http';
import { Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { type AbstractHttpAdapter, HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import { OptionsInvalidError, TenantContext } from '@rowhouse/core';
import { isPromise } from '../resolvers/tenant-resolver.js';
import { InjectTenancyOptions, type TenancyOptions } from '../tenancy-options.js';
import {
  addFastifyHooks,
  type FastifyInstance,
  type HttpServer,
  type Next,
  stripPrefixOnFastifyServers,
} from './fastify-hooks.js';
import { PathPrefix } from './path-prefix.js';
import { type RawRequest, stateOf } from './request-state.js';
import { RequestTenancy } from './request-tenancy.js';
import { noteNeedsOfRoutes } from './route-needs.js';
import type { Client } from './tenant-outcome.js';

/** Wires the tenancy into the HTTP server of the application. */
@Injectable()
export class TenantHttp implements OnApplicationShutdown {
  #stopStripping: (() => void) | undefined;

  constructor(
    private readonly host: HttpAdapterHost,
    private readonly modules: ModulesContainer,
    private readonly tenancy: RequestTenancy,
    @InjectTenancyOptions() private readonly options: TenancyOptions,
  ) {}

  /**
   * To be called after the body parsers are registered, and before the other modules' middleware and the routes are.
   *
   * @param owner - the module whose `configure()` this is.
   */
  install(owner: object): void {
    const platform = this.host.httpAdapter.getType();
    bindNextOfMiddleware(this.host.httpAdapter);
    const prefix = new PathPrefix(this.options);
    if (prefix.isUsed) this.#stripOnServer(prefix);
    if (platform === 'express') this.#installOnExpress(prefix);
    else if (platform === 'fastify') this.#installOnFastify(prefix, owner);
    else
      throw new OptionsInvalidError('TenancyModule', [
        {
          field: 'platform',
          expected: `expected the HTTP platform to be express or fastify, not "${platform}"`,
        },
      ]);
  }

  onApplicationShutdown(): void {
    this.#stopStripping?.();
    this.#stopStripping = undefined;
  }

  #stripOnServer(prefix: PathPrefix): void {
    const server: HttpServer = this.host.httpAdapter.getHttpServer();
    server.prependListener('request', (request: RawRequest) => prefix.strip(request));
  }

  #installOnExpress(prefix: PathPrefix): void {
    const { httpAdapter } = this.host;
    if (prefix.isUsed) httpAdapter.use(stripPrefixMiddleware(prefix));
    httpAdapter.use(tenantMiddleware(this.tenancy));
  }

  #installOnFastify(prefix: PathPrefix, owner: object): void {
    const { httpAdapter } = this.host;
    const fastify: FastifyInstance = httpAdapter.getInstance();
    if (prefix.isUsed) this.#stopStripping = stripPrefixOnFastifyServers(fastify, prefix);
    noteNeedsOfRoutes(this.modules);
    // Nest's middleware runs before the hooks added here. Where there is none, its engine is not woken up.
    if (this.#othersConfigure(owner)) httpAdapter.use(tenantMiddleware(this.tenancy));
    addFastifyHooks(fastify, this.tenancy, this.options.required ? 'required' : 'optional');
  }

  #othersConfigure(owner: object): boolean {
    return [...this.modules.values()].some(
      ({ instance }) => instance !== owner && 'configure' in Object(instance),
    );
  }
}

/** Express's request; Node's, with the address that Fastify's middleware engine has put on it. */
type MiddlewareRequest = RawRequest & Client;

type Middleware = (raw: MiddlewareRequest, response: ServerResponse, next: Next) => void;

/**
 * Runs the rest of the request as its tenant. It refuses nothing: what a route needs is not known before
 * the request is routed.
 */
function tenantMiddleware(tenancy: RequestTenancy): Middleware {
  return (raw, response, next) => {
    tenancy.begin(raw, { raw, response });
    const outcome = tenancy.outcomeOf(raw, raw);
    if (!isPromise(outcome)) return tenancy.enter(outcome, { raw, response }, next);
    void outcome.then((settled) => tenancy.enter(settled, { raw, response }, next));
  };
}

/**
 * Express routes after its middleware, so the tenant's prefix can still be taken off here: where the app is
 * called without its HTTP server (serverless), nothing has taken it off before.
 */
function stripPrefixMiddleware(prefix: PathPrefix): Middleware {
  return (raw, _response, next) => {
    prefix.strip(raw);
    next(stateOf(raw).malformedTarget);
  };
}

type MiddlewareFactory = Awaited<ReturnType<AbstractHttpAdapter['createMiddlewareFactory']>>;

/**
 * Middleware may call `next` in another async chain: a stream's event comes in its socket's, a pool's callback in that
 * of the request that released the connection. What follows stays in the request's own.
 */
function bindNextOfMiddleware(adapter: AbstractHttpAdapter): void {
  const create = adapter.createMiddlewareFactory.bind(adapter);
  const bound =
    (register: MiddlewareFactory): MiddlewareFactory =>
    (path, middleware) =>
      register(path, (request: unknown, response: unknown, next: Next) =>
        middleware(request, response, TenantContext.bind(next)),
      );
  adapter.createMiddlewareFactory = (method) => {
    const factory = create(method);
    return isPromise(factory) ? factory.then(bound) : bound(factory);
  };
}
