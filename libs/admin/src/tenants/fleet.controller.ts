import { Get, Inject } from '@nestjs/common';
import { Catalog, TENANT_STATUSES } from '@rowhouse/core';
import { Fleet } from '@rowhouse/migrations';
import { z } from 'zod';
import { Describe } from '../openapi/route-description.js';
import { TENANT_HEALTHS, TenantListing } from './tenant-listing.js';

const fleetAnswer = z
  .object({
    tenants: z.int(),
    byStatus: z.record(z.enum(TENANT_STATUSES), z.int()),
    byHealth: z.record(z.enum(TENANT_HEALTHS), z.int()).describe('Of those that have not been deleted.'),
    byVersion: z
      .array(z.object({ version: z.string().nullable(), tenants: z.int() }))
      .describe('By the last migration of their homes, latest first: of those that have not been deleted.'),
  })
  .meta({ id: 'FleetCounts' });

/** How many tenants there are of each kind. */
export class FleetController {
  readonly #listing: TenantListing;

  constructor(@Inject(Catalog) catalog: Catalog, @Inject(Fleet) fleet: Fleet) {
    this.#listing = new TenantListing(catalog, fleet);
  }

  @Get()
  @Describe({ summary: 'Counts tenants by status, health and version.', answer: fleetAnswer })
  read(): Promise<z.output<typeof fleetAnswer>> {
    return this.#listing.counts();
  }
}
