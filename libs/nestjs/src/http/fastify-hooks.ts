import { channel } from 'node:diagnostics_channel';
import type { ServerResponse } from 'node:http';
import { isPromise } from '../resolvers/tenant-resolver.js';
import type { PathPrefix } from './path-prefix.js';
import { type FrameworkRequest, type RawRequest, stateOf } from './request-state.js';
import type { RequestTenancy } from './request-tenancy.js';
import { needOfRoute } from './route-needs.js';
import { refusalOf, type TenantOutcome } from './tenant-outcome.js';
import { sayWhatTenantDependsOn } from './vary.js';

// What is used of the two platforms, so that neither is a dependency.

/** `http.Server`, `https.Server` and the servers of `http2`. */
export interface HttpServer {
  prependListener(event: 'request', listener: (request: RawRequest) => void): unknown;
  listeners(event: 'request'): readonly unknown[];
}

/** How Express and Fastify hand a request on; with an error to their error handlers. */
export type Next = (error?: unknown) => void;

export interface FastifyRequest {
  readonly ip: string;
  readonly raw: RawRequest;
  readonly routeOptions: { readonly config?: object };
}

export interface FastifyReply {
  readonly raw: ServerResponse;
}

export type FastifyHook = (request: FastifyRequest, reply: FastifyReply, done: Next) => void;

export interface FastifyInstance {
  addHook(name: 'onRequest' | 'preValidation' | 'preHandler', hook: FastifyHook): unknown;
  /** Fastify's request listener: the same function on every server it opens. */
  readonly routing: unknown;
}

/**
 * Puts the tenancy into Fastify's life of a request.
 *
 * `onRequest` comes before the body is read, so a request that will be refused is refused there. Content
 * parsers may go on in the socket's context, so the tenant is entered again after them.
 */
export function addFastifyHooks(
  fastify: FastifyInstance,
  tenancy: RequestTenancy,
  fallback: 'required' | 'optional',
): void {
  const admit = (request: FastifyRequest, reply: FastifyReply, outcome: TenantOutcome, done: Next) => {
    const need = needOfRoute(request.routeOptions.config, fallback);
    const refusal = need && refusalOf(need, outcome);
    if (need && refusal !== undefined) {
      const state = stateOf(request.raw);
      state.response = reply.raw;
      sayWhatTenantDependsOn(state, need);
      done(refusal);
    } else tenancy.enter(outcome, { raw: request.raw, response: reply.raw }, done);
  };
  fastify.addHook('onRequest', (request, reply, done) => {
    tenancy.begin(request as FastifyRequest & FrameworkRequest, { raw: request.raw, response: reply.raw });
    const { clientTarget, malformedTarget } = stateOf(request.raw);
    if (malformedTarget !== undefined) return done(malformedTarget);
    // Fastify and its middleware engine each note the rewritten URL as the original one.
    if (clientTarget !== undefined) request.raw.originalUrl = clientTarget;

    const outcome = tenancy.outcomeOf(request.raw, request);
    if (!isPromise(outcome)) return admit(request, reply, outcome, done);
    void outcome.then((settled) => admit(request, reply, settled, done));
  });
  const enterAgain: FastifyHook = ({ raw }, { raw: response }, done) => {
    const { outcome } = stateOf(raw);
    if (outcome) tenancy.enter(outcome, { raw, response }, done);
    else done();
  };
  fastify.addHook('preValidation', enterAgain);
  fastify.addHook('preHandler', enterAgain);
}

interface RequestStart {
  readonly request: RawRequest;
  readonly server: HttpServer;
}

/**
 * Takes the tenant's prefix off on every HTTP server of a Fastify instance.
 *
 * `listen({ host: 'localhost' })` opens a server for each address, and hands out only the first. Node's
 * diagnostics channel reports the requests of all servers; Fastify's are those with Fastify's listener.
 *
 * @returns a function that ends it.
 */
export function stripPrefixOnFastifyServers(fastify: FastifyInstance, prefix: PathPrefix): () => void {
  const isOurs = new WeakMap<HttpServer, boolean>();
  const onRequestStart = (message: unknown) => {
    const { request, server } = message as RequestStart;
    let ours = isOurs.get(server);
    if (ours === undefined) {
      ours = server.listeners('request').includes(fastify.routing);
      isOurs.set(server, ours);
    }
    if (ours) prefix.strip(request);
  };
  const requestStart = channel('http.server.request.start');
  requestStart.subscribe(onRequestStart);
  return () => void requestStart.unsubscribe(onRequestStart);
}
