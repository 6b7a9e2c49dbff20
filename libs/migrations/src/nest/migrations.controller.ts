import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  Body,
  Controller,
  Get,
  Header,
  Headers,
  HttpCode,
  Inject,
  Param,
  Post,
  Query,
  Res,
  StreamableFile,
  type Type,
  UseFilters,
  UseGuards,
} from '@nestjs/common';
import { SystemRoute } from '@rowhouse/nestjs';
import type { z } from 'zod';
import { FleetMigrations } from '../runs/fleet-migrations.js';
import type { FleetStatus, HomeResult, Plan, RunReport } from '../runs/run-types.js';
import { BackgroundRuns } from './background-runs.js';
import { InvalidRequestFilter, SchemaPipe } from './invalid-request.js';
import { OperatorGuard } from './operator.guard.js';
import {
  homesQuerySchema,
  idempotencyKeySchema,
  planQuerySchema,
  runRequestSchema,
  runsQuerySchema,
} from './request-schemas.js';
import { runEvents } from './run-events.js';

/** What responses of Express and of Fastify have in common. */
interface PlatformResponse {
  status(code: number): unknown;
  header(name: string, value: string): unknown;
}

/** Schema migrations over HTTP, for operators. The path and the guard are the app's: see {@link migrationsControllerAt}. */
class MigrationsController {
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
  runs(
    @Query(new SchemaPipe('query', runsQuerySchema)) query: z.output<typeof runsQuerySchema>,
  ): Promise<readonly RunReport[]> {
    return this.migrations.runs(query);
  }

  /** 202 and where to look, or 200 when there is nothing to do. */
  @Post('runs')
  @HttpCode(202)
  async start(
    @Body(new SchemaPipe('body', runRequestSchema)) options: z.output<typeof runRequestSchema>,
    @Headers('idempotency-key') givenKey: string | undefined,
    @Res({ passthrough: true }) response: PlatformResponse,
  ): Promise<RunReport> {
    const key = idempotencyKey.transform(givenKey);
    const started = await this.background.start({ ...options, ...(key !== undefined && { id: idOf(key) }) });
    if (started.id === undefined) {
      response.status(200);
      return started;
    }
    // Relative to the request's own path, whatever stands before it here (RFC 9110, section 10.2.2).
    response.header('Location', `runs/${started.id}`);
    return this.background.reportOf(started.id);
  }

  @Get('runs/:id')
  run(@Param('id') id: string): Promise<RunReport> {
    return this.background.reportOf(id);
  }

  @Get('runs/:id/homes')
  homes(
    @Param('id') id: string,
    @Query(new SchemaPipe('query', homesQuerySchema)) query: z.output<typeof homesQuerySchema>,
  ): Promise<readonly HomeResult[]> {
    return this.migrations.homes(id, query);
  }

  @Get('runs/:id/events')
  @Header('Cache-Control', 'no-cache, no-transform')
  @Header('X-Accel-Buffering', 'no')
  async events(@Param('id') id: string): Promise<StreamableFile> {
    // Before the first event, so that a run that does not exist is answered 404.
    await this.background.reportOf(id);
    const events = runEvents({
      progress: () => this.background.progressOf(id),
      report: () => this.background.reportOf(id),
      signal: this.background.signal,
    });
    return new StreamableFile(Readable.from(events), { type: 'text/event-stream; charset=utf-8' });
  }

  @Post('runs/:id/cancel')
  @HttpCode(202)
  cancel(@Param('id') id: string): Promise<RunReport> {
    return this.migrations.cancel(id);
  }

  @Post('runs/:id/retry')
  @HttpCode(202)
  retry(@Param('id') id: string): Promise<RunReport> {
    return this.background.retry(id);
  }

  @Post('runs/:id/resume')
  @HttpCode(202)
  resume(@Param('id') id: string): Promise<RunReport> {
    return this.background.resume(id);
  }
}

/** The same key is the same run, whichever process it reaches: a UUID of version 8, made of a hash (RFC 9562, 5.8). */
function idOf(key: string): string {
  const hex = createHash('sha256').update(`rowhouse-run:${key}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

const idempotencyKey = new SchemaPipe('Idempotency-Key', idempotencyKeySchema);

/** The controller, at the app's path and behind the app's guard. */
export function migrationsControllerAt(path: string): Type {
  @Controller(path)
  @SystemRoute()
  @UseGuards(OperatorGuard)
  @UseFilters(InvalidRequestFilter)
  class MigrationsRoutes extends MigrationsController {}
  return MigrationsRoutes;
}
