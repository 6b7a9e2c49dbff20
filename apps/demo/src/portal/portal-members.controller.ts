import { Body, Delete, Get, HttpCode, Param, Patch, Post, Query, UseGuards } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import {
  CurrentMember,
  type Invitation,
  Invitations,
  type Member,
  Members,
  type NewInvitationAnswer,
  RequireRole,
} from '@rowhouse/admin';
import { TenantController } from '@rowhouse/nestjs';
import { type Page, pageOf } from '@rowhouse/nestjs/operator';
import type { z } from 'zod';
import { id } from '../http/text.js';
import { SignedInGuard } from '../members/signed-in.guard.js';
import { byMember } from './by-member.js';
import { invitationsQuery, invite, memberChange, membersQuery } from './portal.schemas.js';

/** Who works in the tenant of the request, and who is invited. The tenant is that of the member, never one that the client names besides. */
@TenantController('portal')
@RequireRole('owner')
@UseGuards(SignedInGuard)
@ApiExcludeController()
export class PortalMembersController {
  constructor(
    private readonly members: Members,
    private readonly invitations: Invitations,
  ) {}

  @Get('members')
  async list(
    @CurrentMember() { tenantId }: Member,
    @Query({ schema: membersQuery }) { limit, cursor }: z.output<typeof membersQuery>,
  ): Promise<Page<Member>> {
    const found = await this.members.list(tenantId, { limit: limit + 1, after: cursor?.[0] });
    return pageOf(found, limit, ({ email }) => [email.toLowerCase()]);
  }

  @Patch('members/:id')
  change(
    @CurrentMember() me: Member,
    @Param('id', { schema: id }) memberId: string,
    @Body({ schema: memberChange }) change: z.output<typeof memberChange>,
  ): Promise<Member> {
    return this.members.change(me.tenantId, memberId, change, byMember(me));
  }

  @Delete('members/:id')
  @HttpCode(204)
  remove(@CurrentMember() me: Member, @Param('id', { schema: id }) memberId: string): Promise<void> {
    return this.members.remove(me.tenantId, memberId, byMember(me));
  }

  @Get('invitations')
  async invited(
    @CurrentMember() { tenantId }: Member,
    @Query({ schema: invitationsQuery }) { limit, cursor }: z.output<typeof invitationsQuery>,
  ): Promise<Page<Invitation>> {
    const found = await this.invitations.list(tenantId, { limit: limit + 1, after: cursor?.[0] });
    return pageOf(found, limit, ({ id: invitationId }) => [invitationId]);
  }

  /** An app of yours mails the link, and does not answer the token. */
  @Post('invitations')
  invite(
    @CurrentMember() me: Member,
    @Body({ schema: invite }) invitation: z.output<typeof invite>,
  ): Promise<NewInvitationAnswer> {
    return this.invitations.create(me.tenantId, invitation, byMember(me));
  }

  @Delete('invitations/:id')
  @HttpCode(204)
  async uninvite(
    @CurrentMember() me: Member,
    @Param('id', { schema: id }) invitationId: string,
  ): Promise<void> {
    await this.invitations.revoke(me.tenantId, invitationId, byMember(me));
  }
}
