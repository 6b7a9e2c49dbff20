import { Get, Inject, Query } from '@nestjs/common';
import { type Page, pageOf, SchemaPipe } from '@rowhouse/nestjs/operator';
import type { z } from 'zod';
import { Describe } from '../openapi/route-description.js';
import type { MemberCounts } from './member-listing.js';
import { countsAnswer, countsQuery } from './member-schemas.js';
import { Members } from './members.js';

/** How many users there are, in all and of each tenant. */
export class MemberCountsController {
  constructor(@Inject(Members) private readonly members: Members) {}

  @Get('counts')
  @Describe({
    summary: 'Counts users: in all, where a user of several tenants counts once, and of each tenant.',
    answer: countsAnswer,
  })
  async counts(
    @Query(new SchemaPipe('query', countsQuery)) { limit, cursor }: z.output<typeof countsQuery>,
  ): Promise<Omit<MemberCounts, 'tenants'> & { tenants: Page<MemberCounts['tenants'][number]> }> {
    const { tenants, ...all } = await this.members.counts({ limit: limit + 1, after: cursor?.[0] });
    return { ...all, tenants: pageOf(tenants, limit, ({ slug }) => [slug]) };
  }
}
