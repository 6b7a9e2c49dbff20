import type { OnModuleInit } from '@nestjs/common';
import type { HttpAdapterHost } from '@nestjs/core';

interface FastifyRequest {
  readonly routeOptions: { readonly url?: string };
}

/** A route that reads bodies of these types by itself. */
export interface UnreadRoute {
  /** What its path ends in. */
  readonly path: string;
  readonly types: readonly string[];
}

type Done = (error: Error | null, body?: unknown) => void;

interface FastifyInstance {
  hasContentTypeParser(type: string): boolean;
  addContentTypeParser(
    type: string,
    parser: (request: FastifyRequest, payload: unknown, done: Done) => void,
  ): void;
}

/**
 * Fastify refuses types of bodies that it does not know; this lets the routes of uploads have them unread. Other routes refuse them still,
 * with the error that `refusal` makes.
 */
export class UnreadBodies implements OnModuleInit {
  constructor(
    private readonly host: HttpAdapterHost,
    private readonly routes: readonly UnreadRoute[],
    private readonly refusal: () => Error,
  ) {}

  onModuleInit(): void {
    const { httpAdapter } = this.host;
    if (httpAdapter?.getType() !== 'fastify') return;
    const fastify = httpAdapter.getInstance<FastifyInstance>();
    for (const { path, types } of this.routes)
      for (const type of types)
        if (!fastify.hasContentTypeParser(type))
          fastify.addContentTypeParser(type, ({ routeOptions }, payload, done) =>
            routeOptions.url?.endsWith(path)
              ? done(null, payload)
              : done(Object.assign(this.refusal(), { statusCode: 415 })),
          );
  }
}
