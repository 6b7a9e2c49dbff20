import type { OnModuleInit } from '@nestjs/common';
import type { HttpAdapterHost } from '@nestjs/core';
import { FileUploadInvalidError } from '../errors.js';
import { UPLOAD_TYPE } from '../store/local-file-store.js';

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

/** Fastify refuses types of bodies that it does not know; this lets the route of uploads have them unread, and no other. */
export class UploadParser implements OnModuleInit {
  constructor(
    private readonly host: HttpAdapterHost,
    private readonly path: string,
  ) {}

  onModuleInit(): void {
    const { httpAdapter } = this.host;
    if (httpAdapter?.getType() !== 'fastify') return;
    const fastify = httpAdapter.getInstance<FastifyInstance>();
    if (fastify.hasContentTypeParser(UPLOAD_TYPE)) return;
    fastify.addContentTypeParser(UPLOAD_TYPE, ({ routeOptions }, payload, done) =>
      routeOptions.url?.endsWith(`${this.path}/content`)
        ? done(null, payload)
        : done(Object.assign(new FileUploadInvalidError('This route takes no files.'), { statusCode: 415 })),
    );
  }
}
