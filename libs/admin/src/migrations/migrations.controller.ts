import { randomUUID } from 'node:crypto';
import { Body, Get, HttpCode, Inject, Param, Post, Query, Req, Res, UseInterceptors } from '@nestjs/common';
import { Catalog } from '@rowhouse/core';
import { Fleet } from '@rowhouse/migrations';
import {
  FleetMigrations,
  type FleetStatus,
  type HomeResult,
  type Plan,
  type RunWave,
} from '@rowhouse/migrations/fleet';
import {
  actorOf,
  IdempotencyKey,
  idempotentId,
  operatorOf,
  type Page,
  type PlatformResponse,
  pageOf,
  RequestInvalidError,
  RequireOperatorRole,
  SchemaPipe,
} from '@rowhouse/nestjs/operator';
import { z } from 'zod';
import { IdempotencyInterceptor } from '../idempotency/idempotency.interceptor.js';
import { Describe } from '../openapi/route-description.js';
import type { Operation } from '../operations/operation.js';
import { Operations } from '../operations/operations.js';
import { operationAnswer, pageAnswer } from '../request-schemas.js';
import { type TenantFilter, TenantListing } from '../tenants/tenant-listing.js';
import { MigrationOperations } from './migration-operations.js';
import {
  homeAnswer,
  homesQuery,
  planAnswer,
  planQuery,
  runRequest,
  statusAnswer,
  wavesAnswer,
} from './migration-schemas.js';

/** Runs of migrations over the fleet, each an operation with the id of the run. */
@UseInterceptors(IdempotencyInterceptor)
export class MigrationsController {
  readonly #listing: TenantListing;

  constructor(
    @Inject(Catalog) catalog: Catalog,
    @Inject(Fleet) fleet: Fleet,
    @Inject(FleetMigrations) private readonly migrations: FleetMigrations,
    @Inject(Operations) private readonly operations: Operations,
    @Inject(MigrationOperations) private readonly kinds: MigrationOperations,
  ) {
    this.#listing = new TenantListing(catalog, fleet);
  }

  @Get()
  @Describe({
    summary: 'Counts tenants by the migrations that their homes have had, and lack.',
    answer: statusAnswer,
  })
  status(): Promise<FleetStatus> {
    return this.migrations.status();
  }

  @Get('plan')
  // It runs migrations in a schema of its own, and shows their statements.
  @RequireOperatorRole('operator')
  @Describe({ summary: 'Says what a run would do: to which homes, and with which SQL.', answer: planAnswer })
  plan(@Query(new SchemaPipe('query', planQuery)) query: z.output<typeof planQuery>): Promise<Plan> {
    return this.migrations.plan(query);
  }

  @Post('runs')
  @HttpCode(202)
  @Describe({
    summary: 'Runs the migrations that the selected homes lack, or takes back their last ones.',
    answer: operationAnswer,
    problems: [409, 422],
  })
  async start(
    @Body(new SchemaPipe('body', runRequest)) { filter, ...options }: z.output<typeof runRequest>,
    @IdempotencyKey() key: string | undefined,
    @Req() request: object,
    @Res({ passthrough: true }) response: PlatformResponse,
  ): Promise<Operation> {
    const id = key ? idempotentId(`run of ${operatorOf(request).id}`, key) : randomUUID();
    const input = filter ? { ...options, tenants: await this.#fitting(filter) } : options;
    const operation = await this.operations.start(this.kinds.run, input, { id, by: actorOf(request) });
    response.header('Location', `../operations/${id}`);
    return operation;
  }

  @Get('runs/:id/waves')
  @Describe({ summary: 'Says how far each wave of a run is.', answer: wavesAnswer })
  async waves(@Param('id') id: string): Promise<{ readonly items: readonly RunWave[] }> {
    return { items: await this.migrations.waves(id) };
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

  /** @throws {RequestInvalidError} where there is none: a run without names would be one of all tenants. */
  async #fitting(filter: TenantFilter): Promise<string[]> {
    const slugs = await this.#listing.slugs(filter);
    if (slugs.length === 0)
      throw new RequestInvalidError([
        { field: 'filter', expected: 'expected to fit a tenant; it fits none' },
      ]);
    return slugs;
  }
}
