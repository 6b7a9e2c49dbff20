import type { ServerResponse } from 'node:http';
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import type { Tenant } from '@rowhouse/core';
import { catchError, mergeMap, type Observable } from 'rxjs';
import { cookieValues } from '../resolvers/request/cookie.js';
import { type RawRequest, rawRequestOf, requestOf, stateOf } from './request-state.js';
import { SeenToken } from './seen-token.js';

const HEADER = 'rowhouse-seen';
const COOKIE = 'rowhouse_seen';

/** Express's response, or Fastify's. */
type FrameworkResponse = ServerResponse | (FastifyReply & { readonly raw: ServerResponse });
interface FastifyReply {
  header(name: string, value: string): unknown;
}

export interface ReadYourWritesOptions {
  readonly secrets: readonly string[];
  /** After this, replicas that are read have it anyway. */
  readonly maxLagMs: number;
  /** Where the primary is with what a tenant has written since a moment, on the clock of `performance.now()`. */
  readonly writtenSince: (since: number, tenant: Tenant) => Promise<bigint | undefined>;
}

/**
 * Has users see what they have written, on whichever instance they read it: the answer to a request that wrote says how far a replica
 * must be, in a cookie and a header, and the requests after it bring that along.
 */
export class ReadYourWrites implements NestInterceptor {
  readonly #token: SeenToken;
  readonly #maxAgeSeconds: number;
  readonly #writtenSince: ReadYourWritesOptions['writtenSince'];

  constructor({ secrets, maxLagMs, writtenSince }: ReadYourWritesOptions) {
    this.#token = new SeenToken(secrets);
    this.#maxAgeSeconds = Math.ceil(maxLagMs / 1_000);
    this.#writtenSince = writtenSince;
  }

  /** What a replica must have replayed to be read for a request. */
  seenBy({ headers }: RawRequest): bigint | undefined {
    const given = [headers[HEADER] ?? []].flat();
    const cookies = headers.cookie === undefined ? [] : cookieValues(headers.cookie, COOKIE);
    let seen: bigint | undefined;
    for (const token of [...given, ...cookies]) {
      const position = this.#token.read(token);
      if (seen === undefined || position > seen) seen = position;
    }
    return seen;
  }

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const request = context.getType() === 'http' && requestOf(context);
    const { outcome, enteredAt } = request ? stateOf(rawRequestOf(request)) : {};
    if (outcome?.kind !== 'resolved' || enteredAt === undefined) return next.handle();
    const response = context.getArgByIndex<FrameworkResponse>(1);
    const say = async () => {
      const position = await this.#writtenSince(enteredAt, outcome.tenant);
      if (position !== undefined) this.#say(response, this.#token.write(position));
    };
    return next.handle().pipe(
      mergeMap(async (value: unknown) => {
        await say();
        return value;
      }),
      catchError(async (error: unknown) => {
        await say();
        throw error;
      }),
    );
  }

  #say(response: FrameworkResponse, token: string): void {
    const raw = 'raw' in response ? response.raw : response;
    if (raw.headersSent) return;
    const cookie = `${COOKIE}=${token}; Max-Age=${this.#maxAgeSeconds}; Path=/; HttpOnly; SameSite=Lax`;
    if ('raw' in response) {
      response.header(HEADER, token);
      // Fastify adds it to the others.
      response.header('set-cookie', cookie);
    } else {
      response.setHeader(HEADER, token);
      response.appendHeader('set-cookie', cookie);
    }
  }
}
