import type { OnModuleInit } from '@nestjs/common';
import type { HttpAdapterHost } from '@nestjs/core';
import { UploadTypeError } from '../transfer-errors.js';
import { UPLOAD_TYPES } from './upload.js';

interface FastifyRequest {
  readonly routeOptions: { readonly url?: string };
}

type Done = (error: Error | null, body?: unknown) => void;

interface FastifyInstance {
  hasContentTypeParser(type: string): boolean;
  addContentTypeParser(
    type: string,
    parser: (request: FastifyRequest, payload: unknown, done: Done) => void,
  ): void;
}

/** Fastify refuses types of bodies that it does not know; this lets the route of uploads have them unread. Other routes refuse them still. */
export class UploadParser implements OnModuleInit {
  constructor(
    private readonly host: HttpAdapterHost,
    private readonly route: string,
  ) {}

  onModuleInit(): void {
    const { httpAdapter } = this.host;
    if (httpAdapter?.getType() !== 'fastify') return;
    const fastify = httpAdapter.getInstance<FastifyInstance>();
    for (const type of UPLOAD_TYPES)
      if (!fastify.hasContentTypeParser(type))
        fastify.addContentTypeParser(type, ({ routeOptions }, payload, done) =>
          routeOptions.url?.endsWith(this.route)
            ? done(null, payload)
            : done(Object.assign(new UploadTypeError(), { statusCode: 415 })),
        );
  }
}
