import { Get, Inject, Param, Query } from '@nestjs/common';
import type { TenantStore } from '@rowhouse/core';
import { findTenant } from '@rowhouse/core/internal';
import { TENANT_STORE } from '@rowhouse/nestjs';
import { Describe, RequireOperatorRole, SchemaPipe } from '@rowhouse/nestjs/operator';
import type { z } from 'zod';
import { type StatementPlan, StatementPlans } from '../explain/statement-plans.js';
import type { NowReport } from '../reading/now.js';
import {
  type FleetMetricsReport,
  type SeriesPoint,
  TenantMetrics,
  type TenantMetricsReport,
  type TopTenant,
} from '../reading/tenant-metrics.js';
import {
  fleetMetricsAnswer,
  nowAnswer,
  seriesAnswer,
  seriesQuery,
  statementPlanAnswer,
  tenantMetricsAnswer,
  topAnswer,
  topQuery,
} from './metrics-schemas.js';

/** What tenants do, for operators. A tenant whose slug is `global`, `now` or `top` is named by its id. */
export class MetricsController {
  constructor(
    @Inject(TenantMetrics) private readonly metrics: TenantMetrics,
    @Inject(TENANT_STORE) private readonly store: TenantStore,
    @Inject(StatementPlans) private readonly plans: StatementPlans,
  ) {}

  @Get('global')
  @Describe({ summary: 'Sums over all tenants, and what belongs to none.', answer: fleetMetricsAnswer })
  fleet(): Promise<FleetMetricsReport> {
    return this.metrics.fleet();
  }

  @Get('global/series')
  @Describe({
    summary: 'Sums over all tenants by minutes (24 hours are kept) or hours (30 days).',
    answer: seriesAnswer,
  })
  async fleetSeries(
    @Query(new SchemaPipe('query', seriesQuery)) query: z.output<typeof seriesQuery>,
  ): Promise<{ items: SeriesPoint[] }> {
    return { items: await this.metrics.series(undefined, query) };
  }

  @Get('now')
  @Describe({
    summary: 'Who uses the database now, with which statements, and who is a noisy neighbour.',
    answer: nowAnswer,
  })
  now(): Promise<NowReport> {
    return this.metrics.now();
  }

  @Get('top')
  @Describe({ summary: 'The tenants with the highest values.', answer: topAnswer })
  async top(
    @Query(new SchemaPipe('query', topQuery)) { by, limit, over }: z.output<typeof topQuery>,
  ): Promise<{ items: TopTenant[] }> {
    return { items: await this.metrics.top(by, { limit, over }) };
  }

  @Get(':tenant')
  @Describe({
    summary: 'What a tenant, named by its id or its slug, does and did.',
    answer: tenantMetricsAnswer,
  })
  async of(@Param('tenant') tenant: string): Promise<TenantMetricsReport> {
    return this.metrics.of(await findTenant(this.store, tenant));
  }

  @Get(':tenant/series')
  @Describe({
    summary: 'What a tenant did, by minutes (24 hours are kept) or hours (30 days).',
    answer: seriesAnswer,
  })
  async series(
    @Param('tenant') tenant: string,
    @Query(new SchemaPipe('query', seriesQuery)) query: z.output<typeof seriesQuery>,
  ): Promise<{ items: SeriesPoint[] }> {
    return { items: await this.metrics.series(await findTenant(this.store, tenant), query) };
  }

  @Get(':tenant/slow-statements/:statement/plan')
  // It plans in the home of a tenant, and shows the names of its tables and indexes.
  @RequireOperatorRole('operator')
  @Describe({
    summary:
      'How PostgreSQL would execute a slow statement of a tenant, whatever its values; it is not executed.',
    answer: statementPlanAnswer,
    problems: [422],
  })
  async plan(@Param('tenant') tenant: string, @Param('statement') statement: string): Promise<StatementPlan> {
    return this.plans.explain(await findTenant(this.store, tenant), statement);
  }
}
