import { Body, Get, Inject, Post, UseGuards } from '@nestjs/common';
import { CurrentMember, Invitations, type Member, Members, RequireRole } from '@rowhouse/admin';
import { TenantController } from '@rowhouse/nestjs';
import { SchemaPipe } from '@rowhouse/nestjs/operator';
import { z } from 'zod';
import { SignedInGuard } from '../people/signed-in.guard.js';
import { SETTINGS, type Settings } from '../settings.js';

const MOST_MEMBERS = 200;
const invite = z.strictObject({ email: z.email().max(254) });

/** Who is in the workspace of the request. */
@TenantController('team')
@UseGuards(SignedInGuard)
export class TeamController {
  constructor(
    private readonly members: Members,
    private readonly invitations: Invitations,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  @Get()
  async list(@CurrentMember() { tenantId }: Member) {
    const found = await this.members.list(tenantId, { limit: MOST_MEMBERS });
    return { items: found.map(({ id, name, email, roles }) => ({ id, name, email, roles })) };
  }

  /** A real app mails the link; here the owner hands it on. */
  @Post('invitations')
  @RequireRole('owner')
  async invite(
    @Body(new SchemaPipe('body', invite)) { email }: z.output<typeof invite>,
    @CurrentMember() { tenantId, subject }: Member,
  ) {
    const { id, token, expiresAt } = await this.invitations.create(
      tenantId,
      { email, roles: ['member'] },
      { by: { type: 'user', id: subject } },
    );
    // Behind the #, which browsers send to no server: it stands in no log.
    return { id, email, link: `${this.settings.publicUrl}/join#${token}`, expiresAt };
  }
}
