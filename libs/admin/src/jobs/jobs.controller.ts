import { Get, HttpCode, Inject, Param, Post, Query, Req, UseInterceptors } from '@nestjs/common';
import { Catalog, isTenantId } from '@rowhouse/core';
import { TenantLifecycle } from '@rowhouse/migrations';
import { actorOf, encodeCursor, type Page, SchemaPipe } from '@rowhouse/nestjs/operator';
import {
  type JobCounts,
  JobLedger,
  type JobRecord,
  type UnhandledJobs,
} from '@rowhouse/transfer/jobs/services';
import type { z } from 'zod';
import { IdempotencyInterceptor } from '../idempotency/idempotency.interceptor.js';
import { Describe } from '../openapi/route-description.js';
import { jobAnswer, jobCountsAnswer, jobCountsQuery, jobsAnswer, jobsQuery } from './job-schemas.js';

/** The jobs of tenants, without what they were enqueued with: that is the tenant's. */
@UseInterceptors(IdempotencyInterceptor)
export class JobsController {
  readonly #jobs: JobLedger;

  constructor(
    @Inject(Catalog) catalog: Catalog,
    @Inject(TenantLifecycle) private readonly lifecycle: TenantLifecycle,
  ) {
    this.#jobs = new JobLedger(catalog);
  }

  @Get()
  @Describe({ summary: 'Lists the jobs of tenants, latest first.', answer: jobsAnswer, problems: [404] })
  async list(
    @Query(new SchemaPipe('query', jobsQuery)) { cursor, tenant, ...filter }: z.output<typeof jobsQuery>,
  ): Promise<Page<JobRecord>> {
    const tenantId = await this.#idOf(tenant);
    const { jobs, nextCursor } = await this.#jobs.list({ ...filter, tenant: tenantId, cursor: cursor?.[0] });
    return { items: jobs, next: nextCursor === undefined ? null : encodeCursor([nextCursor]) };
  }

  @Get('counts')
  @Describe({ summary: 'Counts jobs by name and state.', answer: jobCountsAnswer, problems: [404] })
  async counts(
    @Query(new SchemaPipe('query', jobCountsQuery)) { tenant }: z.output<typeof jobCountsQuery>,
  ): Promise<{ readonly items: readonly JobCounts[]; readonly unhandled: readonly UnhandledJobs[] }> {
    const tenantId = await this.#idOf(tenant);
    const [items, unhandled] = await Promise.all([
      this.#jobs.counts({ tenant: tenantId }),
      this.#jobs.unhandled(),
    ]);
    return { items, unhandled };
  }

  @Get(':id')
  @Describe({ summary: 'Reads a job, without its data.', answer: jobAnswer })
  async find(@Param('id') id: string): Promise<JobRecord> {
    const { data: _, ...job } = await this.#jobs.get(id);
    return job;
  }

  @Post(':id/retry')
  @HttpCode(200)
  @Describe({
    summary: 'Runs a job again that has failed or was cancelled, with all its retries.',
    answer: jobAnswer,
    problems: [404, 409],
  })
  retry(@Param('id') id: string, @Req() request: object): Promise<JobRecord> {
    return this.#jobs.retry(id, { by: actorOf(request) });
  }

  @Post(':id/cancel')
  @HttpCode(200)
  @Describe({
    summary: 'Cancels a job. One that is running is told to stop, on whichever instance.',
    answer: jobAnswer,
    problems: [404, 409],
  })
  cancel(@Param('id') id: string, @Req() request: object): Promise<JobRecord> {
    return this.#jobs.cancel(id, { by: actorOf(request) });
  }

  /** A tenant that is no more has its jobs still, by its id. */
  async #idOf(tenant: string | undefined): Promise<string | undefined> {
    return tenant === undefined || isTenantId(tenant) ? tenant : (await this.lifecycle.find(tenant)).id;
  }
}
