import { Body, Delete, Get, HttpCode, Param, Post, Query, UseGuards } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import {
  type ApiKey,
  ApiKeys,
  CurrentMember,
  type Member,
  type NewApiKey,
  RequireRole,
} from '@rowhouse/admin';
import { TenantController } from '@rowhouse/nestjs';
import { type Page, pageOf } from '@rowhouse/nestjs/operator';
import type { z } from 'zod';
import { id } from '../http/text.js';
import { SignedInGuard } from '../members/signed-in.guard.js';
import { byMember } from './by-member.js';
import { keysQuery, newKey } from './portal.schemas.js';

/** API keys of the tenant. A key is shown once, in the answer that makes it. */
@TenantController('portal/keys')
@RequireRole('owner')
@UseGuards(SignedInGuard)
@ApiExcludeController()
export class PortalKeysController {
  constructor(private readonly keys: ApiKeys) {}

  @Get()
  async list(
    @CurrentMember() { tenantId }: Member,
    @Query({ schema: keysQuery }) { limit, cursor }: z.output<typeof keysQuery>,
  ): Promise<Page<ApiKey>> {
    const found = await this.keys.list(tenantId, { limit: limit + 1, after: cursor });
    return pageOf(found, limit, ({ createdAt, id: keyId }) => [createdAt.toISOString(), keyId]);
  }

  @Post()
  create(
    @CurrentMember() me: Member,
    @Body({ schema: newKey }) key: z.output<typeof newKey>,
  ): Promise<NewApiKey> {
    return this.keys.create(me.tenantId, key, byMember(me));
  }

  @Delete(':id')
  @HttpCode(204)
  async revoke(@CurrentMember() me: Member, @Param('id', { schema: id }) keyId: string): Promise<void> {
    await this.keys.revoke(me.tenantId, keyId, byMember(me));
  }
}
