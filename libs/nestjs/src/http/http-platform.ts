import type { ServerResponse } from 'node:http';
import type { RawRequest } from './request-state.js';

// What is used of the two platforms, so that neither is a dependency.

/** `http.Server`, `https.Server` and the servers of `http2`. */
export interface HttpServer {
  prependListener(event: 'request', listener: (request: RawRequest) => void): unknown;
  listeners(event: 'request'): readonly unknown[];
}

/** How Express and Fastify hand a request on; with an error to their error handlers. */
export type Next = (error?: unknown) => void;

export interface FastifyRequest {
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
