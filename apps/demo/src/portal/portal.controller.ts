import { PassThrough } from 'node:stream';
import { Get, Query, StreamableFile, UseGuards } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Audit, type AuditEntry, CurrentMember, type Member, RequireRole } from '@rowhouse/admin';
import { type UsageRecord, UsageRecords } from '@rowhouse/metrics/usage';
import { Fleet } from '@rowhouse/migrations';
import { CurrentTenant, type Tenant, TenantController } from '@rowhouse/nestjs';
import { type Page, pageOf } from '@rowhouse/nestjs/operator';
import { exportTenant } from '@rowhouse/transfer';
import type { z } from 'zod';
import { SignedInGuard } from '../members/signed-in.guard.js';
import { auditQuery, usageQuery } from './portal.schemas.js';

/** What was done in the tenant, what it has used, and all its data as a file. */
@TenantController('portal')
@RequireRole('owner')
@UseGuards(SignedInGuard)
@ApiExcludeController()
export class PortalController {
  constructor(
    private readonly trail: Audit,
    private readonly records: UsageRecords,
    private readonly fleet: Fleet,
  ) {}

  @Get('audit')
  async audit(
    @CurrentMember() { tenantId }: Member,
    @Query({ schema: auditQuery }) { limit, cursor }: z.output<typeof auditQuery>,
  ): Promise<Page<ReturnType<typeof forMembers>>> {
    const found = await this.trail.list({ tenant: tenantId, limit: limit + 1, after: cursor?.[0] });
    const page = pageOf(found, limit, ({ seq }) => [seq]);
    return { ...page, items: page.items.map(forMembers) };
  }

  /** By the hour, in the order in which it was recorded. */
  @Get('usage')
  async usage(
    @CurrentMember() { tenantId }: Member,
    @Query({ schema: usageQuery }) { limit, cursor }: z.output<typeof usageQuery>,
  ): Promise<Page<Pick<UsageRecord, 'hour' | 'meter' | 'quantity' | 'revision'>>> {
    const found = await this.records.list({ tenant: tenantId, limit: limit + 1, after: cursor?.[0] });
    const page = pageOf(found, limit, ({ seq }) => [seq]);
    return {
      ...page,
      items: page.items.map(({ hour, meter, quantity, revision }) => ({ hour, meter, quantity, revision })),
    };
  }

  /** The tenant's rows, of one moment, while they are read. An export that breaks off breaks the download off. */
  @Get('export')
  export(@CurrentTenant() tenant: Tenant): StreamableFile {
    const archive = new PassThrough();
    exportTenant(this.fleet, tenant, archive).catch((error: Error) => archive.destroy(error));
    return new StreamableFile(archive, {
      type: 'application/gzip',
      disposition: `attachment; filename="${tenant.slug}.tar.gz"`,
    });
  }
}

/** Operators are not named to tenants, and nobody's address is. */
function forMembers({ seq, at, action, target, actor }: AuditEntry) {
  return { seq, at, action, target, actor: actor?.type === 'user' ? actor.id : (actor?.type ?? null) };
}
