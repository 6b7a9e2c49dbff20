import { randomUUID } from 'node:crypto';
import { Body, HttpCode, Inject, Param, Post, Req, Res, UseInterceptors } from '@nestjs/common';
import { Fleet } from '@rowhouse/migrations';
import {
  actorOf,
  IdempotencyKey,
  idempotentId,
  operatorOf,
  type PlatformResponse,
  SchemaPipe,
} from '@rowhouse/nestjs/operator';
import { z } from 'zod';
import { IdempotencyInterceptor } from '../idempotency/idempotency.interceptor.js';
import { Describe } from '../openapi/route-description.js';
import type { Operation } from '../operations/operation.js';
import { Operations } from '../operations/operations.js';
import { operationAnswer } from '../request-schemas.js';
import { TenantIdPipe } from '../tenants/tenant-id.pipe.js';
import { shownText } from '../text.js';
import { requireNoneRunning } from './one-at-a-time.js';
import { WorkerOperations } from './worker-operations.js';

const relocationBody = z.strictObject({
  worker: shownText(300).describe('host:port, or the host where one worker has it.'),
});

/** Moves of a tenant's tables to another worker of Citus. */
@UseInterceptors(IdempotencyInterceptor)
export class RelocationsController {
  constructor(
    @Inject(Fleet) private readonly fleet: Fleet,
    @Inject(Operations) private readonly operations: Operations,
    @Inject(WorkerOperations) private readonly kinds: WorkerOperations,
  ) {}

  @Post()
  @HttpCode(202)
  @Describe({
    summary: 'Moves the tables of the tenant to another worker of Citus, while it is served.',
    answer: operationAnswer,
    problems: [409],
  })
  async start(
    @Param('tenant', TenantIdPipe) tenantId: string,
    @Body(new SchemaPipe('body', relocationBody)) body: z.output<typeof relocationBody>,
    @IdempotencyKey() key: string | undefined,
    @Req() request: object,
    @Res({ passthrough: true }) response: PlatformResponse,
  ): Promise<Operation> {
    const { relocate } = this.kinds;
    const worker = await this.fleet.workers.check(tenantId, body.worker);
    const operator = operatorOf(request);
    const id = key ? idempotentId(`relocation of ${tenantId} by ${operator.id}`, key) : randomUUID();
    await requireNoneRunning(this.operations, relocate, { id, tenantId });
    const operation = await this.operations.start(
      relocate,
      { tenantId, worker },
      { id, tenantId, by: actorOf(request) },
    );
    response.header('Location', `../../../operations/${id}`);
    return operation;
  }
}
