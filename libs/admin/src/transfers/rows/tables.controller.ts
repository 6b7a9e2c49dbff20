import { Get, Inject, Param } from '@nestjs/common';
import { Fleet } from '@rowhouse/migrations';
import { type EstimatedTable, estimateTables } from '@rowhouse/transfer';
import { z } from 'zod';
import { Describe } from '../../openapi/route-description.js';
import { TenantIdPipe } from '../../tenants/tenant-id.pipe.js';

const tablesAnswer = z
  .object({
    items: z.array(
      z.object({
        name: z.string(),
        rows: z.number().describe("About how many, as PostgreSQL's planner estimates it."),
      }),
    ),
  })
  .meta({ id: 'TenantTables' });

/** The tables of a tenant, of which a transfer may name some. */
export class TablesController {
  constructor(@Inject(Fleet) private readonly fleet: Fleet) {}

  @Get()
  @Describe({ summary: 'Lists the tables of a tenant.', answer: tablesAnswer })
  async list(
    @Param('tenant', TenantIdPipe) tenantId: string,
  ): Promise<{ readonly items: readonly EstimatedTable[] }> {
    return { items: await estimateTables(this.fleet, await this.fleet.tenants.find(tenantId)) };
  }
}
