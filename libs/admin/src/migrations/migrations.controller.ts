import { randomUUID } from 'node:crypto';
import { Body, Get, HttpCode, Inject, Param, Post, Query, Req, Res, UseInterceptors } from '@nestjs/common';
import { FleetMigrations, type HomeResult } from '@rowhouse/migrations/fleet';
import { runRequestSchema } from '@rowhouse/migrations/internal';
import {
  actorOf,
  IdempotencyKey,
  idempotentId,
  operatorOf,
  type Page,
  type PlatformResponse,
  pageOf,
  pageQuery,
  SchemaPipe,
} from '@rowhouse/nestjs/operator';
import { z } from 'zod';
import { IdempotencyInterceptor } from '../idempotency/idempotency.interceptor.js';
import { Describe } from '../openapi/route-description.js';
import type { Operation } from '../operations/operation.js';
import { Operations } from '../operations/operations.js';
import { operationAnswer, pageAnswer } from '../request-schemas.js';
import { MigrationOperations } from './migration-operations.js';

const HOME_STATES = ['pending', 'done', 'failed', 'skipped'] as const;

const homesQuery = pageQuery({ defaultLimit: 50, maxLimit: 200, key: z.tuple([z.string().max(100)]) }).extend(
  {
    state: z.enum(HOME_STATES).optional(),
  },
);

const homeAnswer = z
  .object({
    label: z.string().describe("The tenant's slug, `(rows)` or `(shared)`."),
    state: z.enum(HOME_STATES),
    names: z.array(z.string()).describe('The migrations that ran, or will run.'),
    error: z.string().optional().describe('Why it failed.'),
    attempts: z.int(),
    durationMs: z.number().optional(),
    wave: z.int().describe('From 1; 0 for the shared tables.'),
  })
  .meta({ id: 'MigratedHome' });

/** Runs of migrations over the fleet, each an operation with the id of the run. */
@UseInterceptors(IdempotencyInterceptor)
export class MigrationsController {
  constructor(
    @Inject(FleetMigrations) private readonly migrations: FleetMigrations,
    @Inject(Operations) private readonly operations: Operations,
    @Inject(MigrationOperations) private readonly kinds: MigrationOperations,
  ) {}

  @Post('runs')
  @HttpCode(202)
  @Describe({
    summary: 'Runs the migrations that the selected homes lack, or takes back their last ones.',
    answer: operationAnswer,
    problems: [409, 422],
  })
  async start(
    @Body(new SchemaPipe('body', runRequestSchema)) options: z.output<typeof runRequestSchema>,
    @IdempotencyKey() key: string | undefined,
    @Req() request: object,
    @Res({ passthrough: true }) response: PlatformResponse,
  ): Promise<Operation> {
    const id = key ? idempotentId(`run of ${operatorOf(request).id}`, key) : randomUUID();
    const operation = await this.operations.start(this.kinds.run, options, { id, by: actorOf(request) });
    response.header('Location', `../operations/${id}`);
    return operation;
  }

  @Get('runs/:id/homes')
  @Describe({
    summary: 'Lists the homes of a run, by name: what came of each.',
    answer: pageAnswer(homeAnswer),
  })
  async homes(
    @Param('id') id: string,
    @Query(new SchemaPipe('query', homesQuery)) { state, limit, cursor }: z.output<typeof homesQuery>,
  ): Promise<Page<HomeResult>> {
    const found = await this.migrations.homes(id, { state, limit: limit + 1, after: cursor?.[0] });
    return pageOf(found, limit, ({ label }) => [label]);
  }
}
