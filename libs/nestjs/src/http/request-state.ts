import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ExecutionContext } from '@nestjs/common';
import type { RequestLog } from '../logs/request-log.js';
import type { TenantOutcome } from './tenant-outcome.js';

/** What is known of a request, for as long as the request lives. A class, whose objects have room for all of it from the start. */
export class RequestState {
  /** True once the tenant's prefix was looked for, so that what is left is not cut again. */
  prefixChecked?: boolean;
  /** The request target as the client sent it, when a prefix was taken off it. */
  clientTarget?: string;
  /** Why the tenant's prefix could not be taken off. */
  malformedTarget?: unknown;
  outcome?: TenantOutcome;
  /** What lines of the log say of the request. */
  log?: RequestLog;
  /** Lower-case names of the headers that the outcome depends on. */
  headersRead?: readonly string[];
  /** Express's request, or Fastify's, which guards put the user on. */
  framework?: FrameworkRequest;
  /** Where the answer is written. */
  response?: ServerResponse;
  /** True once the response says what it varies on. */
  varies?: boolean;
  /** Aborted when the client goes away before it is answered. */
  disconnected?: AbortSignal;
  /** When it began on the clock of `performance.now()`, until an observer was told of its end. */
  beganAt?: number | undefined;
  /** When its tenant was entered, on the same clock. */
  enteredAt?: number;
  /** True once the guard has let the request in. */
  admitted?: boolean;
}

const STATE = Symbol('rowhouse.request');

/** Node's request (HTTP/1, or the same face of HTTP/2). */
export type RawRequest = Pick<IncomingMessage, 'url' | 'headers'> & {
  /** Of Express and of Fastify's middleware engine. */
  originalUrl?: string;
  [STATE]?: RequestState;
};

/** Express's request, or Fastify's. */
export type FrameworkRequest = RawRequest & { readonly raw?: RawRequest };

/** A property of the request itself: a `WeakMap` would be paid for at each garbage collection. */
export function stateOf(raw: RawRequest): RequestState {
  raw[STATE] ??= new RequestState();
  return raw[STATE];
}

/** @returns whether an answer that has ended was written whole. Responses of HTTP/2 know only that they were ended. */
export function isWritten({ writableFinished, writableEnded }: ServerResponse): boolean {
  return writableFinished ?? writableEnded;
}

/** Node's request behind the framework's: Express extends it, Fastify wraps it. */
export function rawRequestOf(request: FrameworkRequest): RawRequest {
  return STATE in request ? request : (request.raw ?? request);
}

/** The request target as the client sent it. */
export function clientTargetOf(raw: RawRequest): string {
  return raw[STATE]?.clientTarget ?? raw.originalUrl ?? raw.url ?? '/';
}

/** The third argument of a GraphQL resolver, as Apollo and Mercurius make it. */
interface GraphQLContext {
  readonly req?: FrameworkRequest;
  readonly reply?: { readonly request: FrameworkRequest };
}

/**
 * The HTTP request behind a handler: a route's, or that of a GraphQL operation, which comes over HTTP too.
 * `undefined` for other transports.
 */
export function requestOf(context: ExecutionContext): FrameworkRequest | undefined {
  switch (context.getType<'http' | 'graphql' | 'rpc' | 'ws'>()) {
    case 'http':
      // `switchToHttp()` would make three functions at each call.
      return context.getArgByIndex<FrameworkRequest>(0);
    case 'graphql': {
      const { req, reply } = context.getArgByIndex<GraphQLContext>(2);
      return req ?? reply?.request;
    }
    default:
      return undefined;
  }
}
