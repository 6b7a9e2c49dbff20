import { Controller, Get, Query, Req, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiProperty, ApiUnauthorizedResponse } from '@nestjs/swagger';
import { Members, type TenantOfUser } from '@rowhouse/admin';
import { SystemRoute } from '@rowhouse/nestjs';
import { type Page, pageOf, pageQuery } from '@rowhouse/nestjs/operator';
import { z } from 'zod';
import { ApiPageResponse } from '../http/api-page-response.js';
import type { Claims } from './demo-issuer.js';
import { SignedInGuard } from './signed-in.guard.js';

const myTenantsQuery = pageQuery({ defaultLimit: 50, maxLimit: 200, key: z.tuple([z.string().max(48)]) });

class MyTenant implements TenantOfUser {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({ example: 'acme' })
  slug!: string;

  @ApiProperty({ example: 'Acme Outdoor' })
  name!: string;

  @ApiProperty({ example: ['owner'] })
  roles!: string[];
}

/** The shops that somebody works in: above all tenants. */
@Controller('me/tenants')
@SystemRoute()
@UseGuards(SignedInGuard)
@ApiBearerAuth()
export class MyTenantsController {
  constructor(private readonly members: Members) {}

  @Get()
  @ApiPageResponse(MyTenant)
  @ApiUnauthorizedResponse()
  async list(
    @Req() { user: { iss: issuer, sub: subject } }: { user: Claims },
    @Query({ schema: myTenantsQuery }) { limit, cursor }: z.output<typeof myTenantsQuery>,
  ): Promise<Page<TenantOfUser>> {
    const found = await this.members.tenantsOf({ issuer, subject }, { limit: limit + 1, after: cursor?.[0] });
    return pageOf(found, limit, ({ slug }) => [slug]);
  }
}
