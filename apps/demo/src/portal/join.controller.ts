import { Body, Controller, Post, Req, UseGuards } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Invitations } from '@rowhouse/admin';
import { SystemRoute } from '@rowhouse/nestjs';
import type { z } from 'zod';
import type { Claims } from '../members/demo-issuer.js';
import { SignedInGuard } from '../members/signed-in.guard.js';
import { join } from './portal.schemas.js';

/** Whoever was invited is a member of no tenant yet, so this is above all tenants. */
@Controller('join')
@SystemRoute()
@UseGuards(SignedInGuard)
@ApiExcludeController()
export class JoinController {
  constructor(private readonly invitations: Invitations) {}

  @Post()
  async join(
    @Body({ schema: join }) { token }: z.output<typeof join>,
    @Req() { user: { iss: issuer, sub: subject } }: { user: Claims },
  ) {
    // The demo's issuer names people by their verified address; yours has the claims `email` and `email_verified`.
    const { roles } = await this.invitations.accept({ token, user: { issuer, subject, email: subject } });
    return { roles };
  }
}
