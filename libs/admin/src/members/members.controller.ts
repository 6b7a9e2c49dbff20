import {
  Body,
  Delete,
  Get,
  Headers,
  HttpCode,
  Inject,
  Param,
  Patch,
  Post,
  Query,
  Req,
  Res,
  UseInterceptors,
} from '@nestjs/common';
import {
  actorOf,
  etagOf,
  type Page,
  type PlatformResponse,
  pageOf,
  requireMatch,
  SchemaPipe,
} from '@rowhouse/nestjs/operator';
import type { z } from 'zod';
import { IdempotencyInterceptor } from '../idempotency/idempotency.interceptor.js';
import { Describe } from '../openapi/route-description.js';
import { pageAnswer } from '../request-schemas.js';
import { TenantIdPipe } from '../tenants/tenant-id.pipe.js';
import { type Member, type MemberChange, memberChangeSchema, newMemberSchema } from './member.js';
import { memberAnswer, membersQuery } from './member-schemas.js';
import { Members } from './members.js';

const ifMatchHeader = 'if-match';

/** Members of a tenant. */
@UseInterceptors(IdempotencyInterceptor)
export class MembersController {
  constructor(@Inject(Members) private readonly members: Members) {}

  @Get()
  @Describe({ summary: 'Lists the members of a tenant.', answer: pageAnswer(memberAnswer) })
  async list(
    @Param('tenant', TenantIdPipe) tenantId: string,
    @Query(new SchemaPipe('query', membersQuery)) query: z.output<typeof membersQuery>,
  ): Promise<Page<Member>> {
    const { limit, cursor, ...filter } = query;
    const found = await this.members.list(tenantId, { ...filter, limit: limit + 1, after: cursor?.[0] });
    return pageOf(found, limit, ({ email }) => [email.toLowerCase()]);
  }

  @Post()
  @Describe({
    summary: 'Makes a user a member of a tenant.',
    answer: memberAnswer,
  })
  async add(
    @Param('tenant', TenantIdPipe) tenantId: string,
    @Body(new SchemaPipe('body', newMemberSchema)) body: z.output<typeof newMemberSchema>,
    @Req() request: object,
    @Res({ passthrough: true }) response: PlatformResponse,
  ): Promise<Member> {
    const member = await this.members.add(tenantId, body, { by: actorOf(request) });
    response.header('Location', `members/${member.id}`);
    return member;
  }

  @Get(':member')
  @Describe({ summary: 'Reads a member.', answer: memberAnswer })
  async find(
    @Param('tenant', TenantIdPipe) tenantId: string,
    @Param('member') member: string,
    @Res({ passthrough: true }) response: PlatformResponse,
  ): Promise<Member> {
    const found = await this.members.find(tenantId, member);
    response.header('ETag', etagOfMember(found));
    return found;
  }

  @Patch(':member')
  @Describe({
    summary: 'Changes a member. The last active owner keeps role and status.',
    answer: memberAnswer,
    problems: [409],
  })
  async change(
    @Param('tenant', TenantIdPipe) tenantId: string,
    @Param('member') member: string,
    @Body(new SchemaPipe('body', memberChangeSchema)) change: MemberChange,
    @Headers(ifMatchHeader) ifMatch: string | undefined,
  ): Promise<Member> {
    return this.members.change(tenantId, member, change, { check: matching(ifMatch) });
  }

  @Delete(':member')
  @HttpCode(204)
  @Describe({ summary: 'Removes a member, unless it is the last active owner.', problems: [409] })
  async remove(
    @Param('tenant', TenantIdPipe) tenantId: string,
    @Param('member') member: string,
    @Headers(ifMatchHeader) ifMatch: string | undefined,
  ): Promise<void> {
    await this.members.remove(tenantId, member, { check: matching(ifMatch) });
  }
}

function matching(ifMatch: string | undefined): (present: Member) => void {
  return (present) => requireMatch(ifMatch, etagOfMember(present));
}

/** When the member was last seen is no change of the member. */
function etagOfMember({ lastSeenAt: _, ...member }: Member): string {
  return etagOf(member);
}
