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
  type UsageClose,
  UsageCloses,
  type UsageFormat,
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
  usageCloseAnswer,
  usageCloseRequest,
  usageClosesAnswer,
  usageExportQuery,
  usageQuery,
  usageRecordAnswer,
  usageRetryAnswer,
  usageSinksAnswer,
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
