import { Get, Query, UseGuards } from '@nestjs/common';
import { CurrentMember, type Member, RequireRole } from '@rowhouse/admin';
import { usageCost } from '@rowhouse/metrics/usage';
import { Catalog, TenantController } from '@rowhouse/nestjs';
import { SchemaPipe } from '@rowhouse/nestjs/operator';
import { z } from 'zod';
import { SignedInGuard } from '../people/signed-in.guard.js';
import { prices } from './prices.js';

const period = z.strictObject({
  month: z
    .string()
    .regex(/^20\d\d-(0[1-9]|1[0-2])$/, 'expected a month, such as 2026-10')
    .optional(),
});

/** What the workspace of the request owes for a month: its usage, priced. */
@TenantController('invoice')
@RequireRole('owner')
@UseGuards(SignedInGuard)
export class InvoiceController {
  constructor(private readonly catalog: Catalog) {}

  @Get()
  async invoice(
    @Query(new SchemaPipe('query', period)) { month = thisMonth() }: z.output<typeof period>,
    @CurrentMember() { tenantId: tenant }: Member,
  ) {
    const { currency, isClosed, tenants, total } = await usageCost(this.catalog, month, prices, { tenant });
    const lines = Object.entries(tenants[0]?.meters ?? {}).map(([meter, line]) => ({ meter, ...line }));
    return { month, isFinal: isClosed, currency, lines, total };
  }
}

function thisMonth(): string {
  return new Date().toISOString().slice(0, 7);
}
