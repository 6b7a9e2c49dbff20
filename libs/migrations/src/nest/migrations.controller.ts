import {
  Body,
  Get,
  Headers,
  HttpCode,
  Inject,
  Param,
  Post,
  Query,
  Res,
  type StreamableFile,
  UseInterceptors,
} from '@nestjs/common';
import {
  EntityTagInterceptor,
  etagOf,
  eventStream,
  IdempotencyKey,
  IdempotencyKeyReusedError,
  idempotentId,
  type Page,
  type PlatformResponse,
  pageOf,
  requireMatch,
  SchemaPipe,
} from '@rowhouse/nestjs/operator';
import type { z } from 'zod';
import { FleetMigrations, RunOptionsDifferError } from '../runs/fleet-migrations.js';
import { runRequestSchema } from '../runs/run-request.js';
import type { FleetStatus, HomeResult, Plan, RunReport } from '../runs/run-types.js';
import { BackgroundRuns } from './background-runs.js';
import { homesQuerySchema, planQuerySchema, runsQuerySchema } from './request-schemas.js';
import { runEvents } from './run-events.js';

/** Schema migrations over HTTP, for operators. The path and the guard are the app's. */
export class MigrationsController {
  constructor(
    @Inject(FleetMigrations) private readonly migrations: FleetMigrations,
    @Inject(BackgroundRuns) private readonly background: BackgroundRuns,
  ) {}

  @Get()
  status(): Promise<FleetStatus> {
    return this.migrations.status();
  }

  @Get('plan')
  plan(
    @Query(new SchemaPipe('query', planQuerySchema)) query: z.output<typeof planQuerySchema>,
  ): Promise<Plan> {
    return this.migrations.plan(query);
  }

  @Get('runs')
  async runs(
    @Query(new SchemaPipe('query', runsQuerySchema)) query: z.output<typeof runsQuerySchema>,
  ): Promise<Page<RunReport>> {
    const { limit, cursor } = query;
    const found = await this.migrations.runs({ limit: limit + 1, after: cursor?.[0] });
    return pageOf(found, limit, ({ id = null }) => [id]);
  }

  /** 202 and where to look, or 200 when there is nothing to do. */
  @Post('runs')
  @HttpCode(202)
  async start(
    @Body(new SchemaPipe('body', runRequestSchema)) options: z.output<typeof runRequestSchema>,
    @IdempotencyKey() key: string | undefined,
    @Res({ passthrough: true }) response: PlatformResponse,
  ): Promise<RunReport> {
    const id = key === undefined ? undefined : idempotentId('rowhouse-run', key);
    const started = await this.background.start({ ...options, ...(id && { id }) }).catch(asReuseOfKey);
    if (started.id === undefined) {
      response.status(200);
      return started;
    }
    // Relative to the request's own path, whatever stands before it here (RFC 9110, section 10.2.2).
    response.header('Location', `runs/${started.id}`);
    return this.background.reportOf(started.id);
  }

  @Get('runs/:id')
  @UseInterceptors(EntityTagInterceptor)
  run(@Param('id') id: string): Promise<RunReport> {
    return this.background.reportOf(id);
  }

  @Get('runs/:id/homes')
  async homes(
    @Param('id') id: string,
    @Query(new SchemaPipe('query', homesQuerySchema)) query: z.output<typeof homesQuerySchema>,
  ): Promise<Page<HomeResult>> {
    const { state, limit, cursor } = query;
    const found = await this.migrations.homes(id, { state, limit: limit + 1, after: cursor?.[0] });
    return pageOf(found, limit, ({ label }) => [label]);
  }

  @Get('runs/:id/events')
  async events(
    @Param('id') id: string,
    @Res({ passthrough: true }) response: PlatformResponse,
  ): Promise<StreamableFile> {
    // Before the stream begins, so that a run that does not exist is answered 404.
    await this.background.reportOf(id);
    const source = {
      progress: () => this.background.progressOf(id),
      report: () => this.background.reportOf(id),
    };
    return eventStream(response, (signal) => runEvents({ ...source, signal }), {
      signal: this.background.signal,
    });
  }

  @Post('runs/:id/cancel')
  @HttpCode(202)
  async cancel(
    @Param('id') id: string,
    @Headers('if-match') ifMatch: string | undefined,
  ): Promise<RunReport> {
    await this.#requireMatch(id, ifMatch);
    return this.migrations.cancel(id);
  }

  @Post('runs/:id/retry')
  @HttpCode(202)
  async retry(@Param('id') id: string, @Headers('if-match') ifMatch: string | undefined): Promise<RunReport> {
    await this.#requireMatch(id, ifMatch);
    return this.background.retry(id);
  }

  @Post('runs/:id/resume')
  @HttpCode(202)
  async resume(
    @Param('id') id: string,
    @Headers('if-match') ifMatch: string | undefined,
  ): Promise<RunReport> {
    await this.#requireMatch(id, ifMatch);
    return this.background.resume(id);
  }

  /** What happens between this look and the change is refused by the run's own state and lock. */
  async #requireMatch(id: string, ifMatch: string | undefined): Promise<void> {
    if (ifMatch !== undefined) requireMatch(ifMatch, etagOf(await this.background.reportOf(id)));
  }
}

/** Whoever sends a key does not know the id that is made of it. */
function asReuseOfKey(error: unknown): never {
  throw error instanceof RunOptionsDifferError ? new IdempotencyKeyReusedError(error) : error;
}
