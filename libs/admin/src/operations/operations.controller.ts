import { setTimeout as delay } from 'node:timers/promises';
import {
  Get,
  HttpCode,
  Inject,
  Param,
  Post,
  Query,
  Req,
  Res,
  type StreamableFile,
  UseInterceptors,
} from '@nestjs/common';
import { isTenantId } from '@rowhouse/core';
import { TenantLifecycle } from '@rowhouse/migrations';
import {
  actorOf,
  EntityTagInterceptor,
  eventStream,
  type Page,
  type PlatformResponse,
  pageOf,
  SchemaPipe,
  type ServerSentEvent,
} from '@rowhouse/nestjs/operator';
import { z } from 'zod';
import { OperationNotFoundError } from '../errors.js';
import { IdempotencyInterceptor } from '../idempotency/idempotency.interceptor.js';
import { Describe } from '../openapi/route-description.js';
import { operationAnswer, operationsQuery, pageAnswer } from '../request-schemas.js';
import type { Operation } from './operation.js';
import { Operations } from './operations.js';

const EVENT_POLL_MS = 500;

@UseInterceptors(IdempotencyInterceptor)
export class OperationsController {
  constructor(
    @Inject(Operations) private readonly operations: Operations,
    @Inject(TenantLifecycle) private readonly lifecycle: TenantLifecycle,
  ) {}

  @Get()
  @Describe({
    summary: 'Lists operations, latest first.',
    answer: pageAnswer(operationAnswer),
    problems: [404],
  })
  async list(
    @Query(new SchemaPipe('query', operationsQuery)) query: z.output<typeof operationsQuery>,
  ): Promise<Page<Operation>> {
    const { limit, cursor, tenant, ...filter } = query;
    // A tenant that is no more has its operations still, by its id.
    const isSlug = tenant !== undefined && !isTenantId(tenant);
    const found = await this.operations.list({
      ...filter,
      limit: limit + 1,
      after: cursor,
      tenantId: isSlug ? (await this.lifecycle.find(tenant)).id : tenant,
    });
    return pageOf(found, limit, ({ createdAt, id }) => [createdAt.toISOString(), id]);
  }

  @Get(':id')
  @UseInterceptors(EntityTagInterceptor)
  @Describe({ summary: 'Reads an operation.', answer: operationAnswer })
  find(@Param('id') id: string): Promise<Operation> {
    return this.#find(id);
  }

  @Post(':id/cancel')
  @HttpCode(202)
  @Describe({
    summary: 'Asks for the end of an operation. What it has begun is undone.',
    answer: operationAnswer,
  })
  async cancel(@Param('id') id: string, @Req() request: object): Promise<Operation> {
    await this.#find(id);
    return this.operations.cancel(id, actorOf(request));
  }

  @Post(':id/retry')
  @HttpCode(202)
  @Describe({
    summary: 'Does again what is left of a run of migrations that has failed: also the homes that failed.',
    answer: operationAnswer,
  })
  async retry(@Param('id') id: string, @Req() request: object): Promise<Operation> {
    await this.#find(id);
    return this.operations.retry(id, actorOf(request));
  }

  @Post(':id/pause')
  @HttpCode(202)
  @Describe({
    summary: 'Asks a run of migrations to stop after the homes that are under way, to be gone on with later.',
    answer: operationAnswer,
  })
  async pause(@Param('id') id: string, @Req() request: object): Promise<Operation> {
    await this.#find(id);
    return this.operations.pause(id, actorOf(request));
  }

  @Post(':id/resume')
  @HttpCode(202)
  @Describe({ summary: 'Goes on with an operation that was paused.', answer: operationAnswer })
  async resume(@Param('id') id: string, @Req() request: object): Promise<Operation> {
    await this.#find(id);
    return this.operations.resume(id, actorOf(request));
  }

  @Get(':id/events')
  @Describe({
    summary:
      'Follows an operation by server-sent events: `operation` at each change, until it has ended or is paused.',
    answer: z.string(),
    mediaType: 'text/event-stream',
  })
  async events(
    @Param('id') id: string,
    @Res({ passthrough: true }) response: PlatformResponse,
  ): Promise<StreamableFile> {
    // Before the stream begins, so that one that does not exist is answered 404.
    await this.#find(id);
    const { signal } = this.operations;
    return eventStream(response, (stop) => changesOf(() => this.operations.reportOf(id), stop), { signal });
  }

  #find(id: string): Promise<Operation> {
    if (!z.guid().safeParse(id).success) throw new OperationNotFoundError();
    return this.operations.reportOf(id);
  }
}

async function* changesOf(
  read: () => Promise<Operation>,
  signal: AbortSignal,
): AsyncGenerator<ServerSentEvent> {
  let last = '';
  while (!signal.aborted) {
    const operation = await read();
    const data = JSON.stringify(operation);
    if (data !== last) yield { event: 'operation', data: operation };
    last = data;
    if (operation.state !== 'running') return;
    await delay(EVENT_POLL_MS, undefined, { signal }).catch(() => {});
  }
}
