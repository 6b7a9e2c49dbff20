import {
  Body,
  Delete,
  Get,
  HttpCode,
  Inject,
  Param,
  Post,
  Query,
  Req,
  UseInterceptors,
} from '@nestjs/common';
import { actorOf, type Page, pageOf, SchemaPipe } from '@rowhouse/nestjs/operator';
import type { z } from 'zod';
import { IdempotencyInterceptor } from '../idempotency/idempotency.interceptor.js';
import { Describe } from '../openapi/route-description.js';
import { pageAnswer } from '../request-schemas.js';
import { TenantIdPipe } from '../tenants/tenant-id.pipe.js';
import {
  type Invitation,
  Invitations,
  type NewInvitationAnswer,
  newInvitationSchema,
} from './invitations.js';
import { invitationAnswer, invitationsQuery, newInvitationAnswer } from './member-schemas.js';

/** Invitations to become a member of a tenant. */
@UseInterceptors(IdempotencyInterceptor)
export class InvitationsController {
  constructor(@Inject(Invitations) private readonly invitations: Invitations) {}

  @Get()
  @Describe({ summary: 'Lists invitations, latest first.', answer: pageAnswer(invitationAnswer) })
  async list(
    @Param('tenant', TenantIdPipe) tenantId: string,
    @Query(new SchemaPipe('query', invitationsQuery)) query: z.output<typeof invitationsQuery>,
  ): Promise<Page<Invitation>> {
    const { limit, cursor } = query;
    const found = await this.invitations.list(tenantId, { limit: limit + 1, after: cursor?.[0] });
    return pageOf(found, limit, (invitation) => [invitation.id]);
  }

  @Post()
  @Describe({
    summary: 'Invites an e-mail address. Nothing is mailed: the answer has the token, once.',
    answer: newInvitationAnswer,
  })
  async create(
    @Param('tenant', TenantIdPipe) tenantId: string,
    @Body(new SchemaPipe('body', newInvitationSchema)) body: z.output<typeof newInvitationSchema>,
    @Req() request: object,
  ): Promise<NewInvitationAnswer> {
    return this.invitations.create(tenantId, body, { by: actorOf(request) });
  }

  @Delete(':invitation')
  @HttpCode(204)
  @Describe({ summary: 'Revokes an invitation that is not accepted.', problems: [410] })
  async revoke(
    @Param('tenant', TenantIdPipe) tenantId: string,
    @Param('invitation') invitation: string,
  ): Promise<void> {
    await this.invitations.revoke(tenantId, invitation);
  }
}
