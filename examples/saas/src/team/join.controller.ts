import { Body, Controller, HttpCode, Post, UseGuards } from '@nestjs/common';
import { Invitations } from '@rowhouse/admin';
import { SystemRoute } from '@rowhouse/nestjs';
import { SchemaPipe } from '@rowhouse/nestjs/operator';
import { z } from 'zod';
import type { Person } from '../people/people.js';
import { CurrentPerson, SignedInGuard } from '../people/signed-in.guard.js';

const join = z.strictObject({ token: z.string().min(1).max(200) });

/** Whoever was invited is a member of nothing yet, so this is above all workspaces. */
@Controller('join')
@SystemRoute('people accept invitations')
@UseGuards(SignedInGuard)
export class JoinController {
  constructor(private readonly invitations: Invitations) {}

  @Post()
  @HttpCode(200)
  async join(
    @Body(new SchemaPipe('body', join)) { token }: z.output<typeof join>,
    @CurrentPerson() { iss: issuer, sub: subject, email }: Person,
  ) {
    const { tenantId, roles } = await this.invitations.accept({ token, user: { issuer, subject, email } });
    return { workspaceId: tenantId, roles };
  }
}
