import { randomUUID } from 'node:crypto';
import { Get, HttpCode, Inject, Post, Req, Res, UseInterceptors } from '@nestjs/common';
import { Fleet } from '@rowhouse/migrations';
import type { PlannedMove, Worker } from '@rowhouse/migrations/fleet';
import {
  actorOf,
  IdempotencyKey,
  idempotentId,
  operatorOf,
  type PlatformResponse,
} from '@rowhouse/nestjs/operator';
import { z } from 'zod';
import { IdempotencyInterceptor } from '../idempotency/idempotency.interceptor.js';
import { Describe } from '../openapi/route-description.js';
import type { Operation } from '../operations/operation.js';
import { Operations } from '../operations/operations.js';
import { operationAnswer } from '../request-schemas.js';
import { requireNoneRunning } from './one-at-a-time.js';
import { WorkerOperations } from './worker-operations.js';

const workersAnswer = z
  .object({
    items: z.array(
      z.object({
        name: z.string().describe('host:port.'),
        tenants: z.int(),
        sizeBytes: z.number().describe('Of the tables of tenants, with their indexes.'),
      }),
    ),
  })
  .meta({ id: 'Workers' });

const planAnswer = z
  .object({
    items: z.array(z.object({ slug: z.string(), from: z.string(), to: z.string(), sizeBytes: z.number() })),
  })
  .meta({ id: 'RebalancePlan' });

/** The servers of Citus that hold tables of tenants. Without Citus there are none. */
@UseInterceptors(IdempotencyInterceptor)
export class WorkersController {
  constructor(
    @Inject(Fleet) private readonly fleet: Fleet,
    @Inject(Operations) private readonly operations: Operations,
    @Inject(WorkerOperations) private readonly kinds: WorkerOperations,
  ) {}

  @Get()
  @Describe({
    summary: 'Lists the workers of Citus, and how much they hold. Without Citus there are none.',
    answer: workersAnswer,
  })
  async list(): Promise<{ readonly items: readonly Worker[] }> {
    return { items: await this.fleet.workers.list() };
  }

  @Get('plan')
  @Describe({ summary: 'Lists the moves that would even out the workers.', answer: planAnswer })
  async plan(): Promise<{ readonly items: readonly PlannedMove[] }> {
    return { items: await this.fleet.workers.plan() };
  }

  @Post('rebalance')
  @HttpCode(202)
  @Describe({
    summary: 'Makes the moves that even out the workers, one tenant after the other.',
    answer: operationAnswer,
    problems: [409],
  })
  async rebalance(
    @IdempotencyKey() key: string | undefined,
    @Req() request: object,
    @Res({ passthrough: true }) response: PlatformResponse,
  ): Promise<Operation> {
    const { rebalance } = this.kinds;
    const id = key ? idempotentId(`rebalance by ${operatorOf(request).id}`, key) : randomUUID();
    await requireNoneRunning(this.operations, rebalance, { id });
    const operation = await this.operations.start(rebalance, {}, { id, by: actorOf(request) });
    response.header('Location', `../operations/${id}`);
    return operation;
  }
}
