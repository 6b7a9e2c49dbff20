import { Readable } from 'node:stream';
import {
  Body,
  Get,
  HttpCode,
  Inject,
  Param,
  Post,
  Query,
  Req,
  StreamableFile,
  UseInterceptors,
} from '@nestjs/common';
import { isTenantId, type TenantStore } from '@rowhouse/core';
import { findTenant } from '@rowhouse/core/internal';
import {
  type CheckedUsageClose,
  type MeterSum,
  type TenantUsageOfMonth,
  type UsageClose,
  UsageCloses,
  type UsageFormat,
  type UsageMonth,
  UsageMonths,
  type UsageRecord,
  UsageRecords,
  type UsageSinkState,
  UsageSinks,
} from '@rowhouse/metrics/usage';
import { TENANT_STORE } from '@rowhouse/nestjs';
import { actorOf, type Page, pageOf, SchemaPipe } from '@rowhouse/nestjs/operator';
import { z } from 'zod';
import { IdempotencyInterceptor } from '../idempotency/idempotency.interceptor.js';
import { Describe } from '../openapi/route-description.js';
import { pageAnswer } from '../request-schemas.js';
import {
  checkedUsageCloseAnswer,
  tenantUsageAnswer,
  usageCloseAnswer,
  usageCloseRequest,
  usageClosesAnswer,
  usageExportQuery,
  usageMonthsAnswer,
  usageQuery,
  usageRecordAnswer,
  usageRetryAnswer,
  usageSinksAnswer,
  usageSumsAnswer,
  usageSumsQuery,
  usageTotalsQuery,
} from './usage-schemas.js';

const MEDIA_TYPES: Readonly<Record<UsageFormat, string>> = {
  ndjson: 'application/x-ndjson',
  csv: 'text/csv; charset=utf-8',
};

/** What tenants used, for their bills. */
@UseInterceptors(IdempotencyInterceptor)
export class UsageController {
  constructor(
    @Inject(UsageRecords) private readonly records: UsageRecords,
    @Inject(UsageCloses) private readonly closes: UsageCloses,
    @Inject(UsageMonths) private readonly months: UsageMonths,
    @Inject(UsageSinks) private readonly sinks: UsageSinks,
    @Inject(TENANT_STORE) private readonly store: TenantStore,
  ) {}

  @Get()
  @Describe({
    summary: 'Lists records of usage, by tenant, meter and hour, in the order in which they were made.',
    answer: pageAnswer(usageRecordAnswer),
  })
  async list(
    @Query(new SchemaPipe('query', usageQuery)) {
      limit,
      cursor,
      tenant,
      ...filter
    }: z.output<typeof usageQuery>,
  ): Promise<Page<UsageRecord>> {
    const of = { ...filter, tenant: await this.#idOf(tenant) };
    const found = await this.records.list({ ...of, limit: limit + 1, after: cursor?.[0] });
    return pageOf(found, limit, ({ seq }) => [seq]);
  }

  @Get('export')
  @Describe({
    summary: 'Streams records of usage: as CloudEvents, one a line, or as CSV.',
    answer: z.string(),
    mediaType: MEDIA_TYPES.ndjson,
  })
  async export(
    @Query(new SchemaPipe('query', usageExportQuery))
    { format, tenant, ...filter }: z.output<typeof usageExportQuery>,
  ): Promise<StreamableFile> {
    const of = { ...filter, tenant: await this.#idOf(tenant) };
    return streamOf(this.records.lines(format, of), format, 'usage');
  }

  @Get('months')
  @Describe({
    summary: 'Lists the months in which usage is recorded, the latest first.',
    answer: usageMonthsAnswer,
  })
  async listMonths(): Promise<{ items: readonly UsageMonth[] }> {
    return { items: await this.months.list() };
  }

  @Get('sums')
  @Describe({ summary: 'Adds up what all tenants used of each meter in a month.', answer: usageSumsAnswer })
  async sums(
    @Query(new SchemaPipe('query', usageSumsQuery)) { month }: z.output<typeof usageSumsQuery>,
  ): Promise<{ items: readonly MeterSum[] }> {
    return { items: await this.months.sums(month) };
  }

  @Get('totals')
  @Describe({
    summary:
      'Lists what each tenant used in a month, in the order of slugs: as it was closed, or as it is now.',
    answer: pageAnswer(tenantUsageAnswer),
  })
  async totals(
    @Query(new SchemaPipe('query', usageTotalsQuery)) {
      month,
      limit,
      cursor,
      tenant,
    }: z.output<typeof usageTotalsQuery>,
  ): Promise<Page<TenantUsageOfMonth>> {
    const of = { month, limit: limit + 1, after: cursor, tenant: await this.#idOf(tenant) };
    return pageOf(await this.months.tenants(of), limit, ({ tenantSlug, tenantId }) => [
      tenantSlug ?? '',
      tenantId,
    ]);
  }

  @Get('closes')
  @Describe({ summary: 'Lists the months that are closed, the latest first.', answer: usageClosesAnswer })
  async listCloses(): Promise<{ items: readonly UsageClose[] }> {
    return { items: await this.closes.list() };
  }

  @Post('closes')
  @HttpCode(200)
  @Describe({
    summary: 'Closes a month, for good. One that is closed already stays as it is.',
    answer: usageCloseAnswer,
    problems: [409],
  })
  close(
    @Body(new SchemaPipe('body', usageCloseRequest)) { month }: z.output<typeof usageCloseRequest>,
    @Req() request: object,
  ): Promise<UsageClose> {
    return this.closes.close(month, { by: actorOf(request) });
  }

  @Get('closes/:month')
  @Describe({ summary: 'Shows a month that is closed, and verifies it.', answer: checkedUsageCloseAnswer })
  findClose(@Param('month') month: string): Promise<CheckedUsageClose> {
    return this.closes.find(month);
  }

  @Get('closes/:month/export')
  @Describe({
    summary: 'Streams what each tenant used of each meter in a month that is closed, as CSV.',
    answer: z.string(),
    mediaType: MEDIA_TYPES.csv,
  })
  async exportClose(@Param('month') month: string): Promise<StreamableFile> {
    const { month: closed } = await this.closes.find(month);
    return streamOf(this.closes.lines(closed), 'csv', `usage-${closed}`);
  }

  @Get('sinks')
  @Describe({ summary: 'Shows how far records have been sent.', answer: usageSinksAnswer })
  async listSinks(): Promise<{ items: readonly UsageSinkState[] }> {
    return { items: await this.sinks.list() };
  }

  @Post('sinks/retry')
  @HttpCode(200)
  @Describe({ summary: 'Sends at once what waits for its next attempt.', answer: usageRetryAnswer })
  async retry(): Promise<{ retried: number }> {
    return { retried: await this.sinks.retry() };
  }

  /** A purged tenant has an id, and no slug any more. */
  async #idOf(tenant: string | undefined): Promise<string | undefined> {
    return tenant === undefined || isTenantId(tenant) ? tenant : (await findTenant(this.store, tenant)).id;
  }
}

/** A client that goes away destroys the stream, which ends the lines. */
function streamOf(lines: AsyncIterable<string>, format: UsageFormat, name: string): StreamableFile {
  return new StreamableFile(Readable.from(lines, { objectMode: false, highWaterMark: 65_536 }), {
    type: MEDIA_TYPES[format],
    disposition: `attachment; filename="${name}.${format}"`,
  });
}
