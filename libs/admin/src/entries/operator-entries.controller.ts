import { Body, Delete, Get, Inject, Param, Post, Query, Req, Res, UseInterceptors } from '@nestjs/common';
import { TenantLifecycle } from '@rowhouse/migrations';
import {
  actorOf,
  OperatorForbiddenError,
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
import { pageAnswer } from '../request-schemas.js';
import { OperatorEntries } from './operator-entries.js';
import {
  ENTRY_STATES,
  type NewOperatorEntry,
  newEntrySchema,
  type OperatorEntryRecord,
} from './operator-entry-record.js';
import { entryAnswer, newEntryAnswer } from './operator-entry-schemas.js';

const entriesQuery = pageQuery({ defaultLimit: 50, maxLimit: 200, key: z.tuple([z.guid()]) }).extend({
  state: z.enum(ENTRY_STATES).optional(),
});

/** Entries of operators into a tenant. */
@UseInterceptors(IdempotencyInterceptor)
export class OperatorEntriesController {
  constructor(
    @Inject(OperatorEntries) private readonly entries: OperatorEntries,
    @Inject(TenantLifecycle) private readonly lifecycle: TenantLifecycle,
  ) {}

  @Get()
  @Describe({
    summary: 'Lists the entries of operators into a tenant, latest first.',
    answer: pageAnswer(entryAnswer),
  })
  async list(
    @Param('tenant') tenant: string,
    @Query(new SchemaPipe('query', entriesQuery)) query: z.output<typeof entriesQuery>,
  ): Promise<Page<OperatorEntryRecord>> {
    const { limit, cursor, state } = query;
    const { id } = await this.lifecycle.find(tenant);
    const found = await this.entries.list(id, { limit: limit + 1, state, after: cursor?.[0] });
    return pageOf(found, limit, (entry) => [entry.id]);
  }

  @Post()
  @Describe({
    summary:
      'Enters a tenant. An entry that may write needs the role owner. The token is shown in this answer only.',
    answer: newEntryAnswer,
    problems: [409, 422],
  })
  async begin(
    @Param('tenant') tenant: string,
    @Body(new SchemaPipe('body', newEntrySchema)) body: z.output<typeof newEntrySchema>,
    @Req() request: object,
    @Res({ passthrough: true }) response: PlatformResponse,
  ): Promise<NewOperatorEntry> {
    if (!body.readOnly && operatorOf(request).role !== 'owner') throw new OperatorForbiddenError('owner');
    const { id } = await this.lifecycle.find(tenant);
    const begun = await this.entries.begin(id, body, { by: actorOf(request) });
    response.header('Location', `entries/${begun.id}`);
    response.header('Cache-Control', 'no-store');
    return begun;
  }

  @Get(':entry')
  @Describe({ summary: 'Reads an entry, without its token.', answer: entryAnswer })
  async find(@Param('tenant') tenant: string, @Param('entry') entry: string): Promise<OperatorEntryRecord> {
    const { id } = await this.lifecycle.find(tenant);
    return this.entries.find(id, entry);
  }

  @Delete(':entry')
  @Describe({
    summary: 'Ends an entry. It stays in the listing; one that has ended stays as it is.',
    answer: entryAnswer,
  })
  async end(
    @Param('tenant') tenant: string,
    @Param('entry') entry: string,
    @Req() request: object,
  ): Promise<OperatorEntryRecord> {
    const { id } = await this.lifecycle.find(tenant);
    return this.entries.end(id, entry, { by: actorOf(request) });
  }
}
