import { isTenantSlug, TENANT_ISOLATIONS, TENANT_STATUSES, type TenantStatus } from '@rowhouse/core';
import { z } from 'zod';

/** The statuses of tenants that a run migrates by default: they have a home and are in use, or can be again. */
export const MIGRATED_STATUSES = ['active', 'suspended', 'maintenance'] as const satisfies TenantStatus[];

/** Selects tenants. A field that is left out does not restrict the selection. */
export const selectionSchema = z.strictObject({
  /** Slugs. */
  tenants: z
    .array(z.string().refine((slug): boolean => isTenantSlug(slug), 'expected slugs of tenants'))
    .min(1)
    .optional(),
  where: z
    .strictObject({
      plan: z.string().min(1),
      placement: z.string().min(1),
      status: z.enum(TENANT_STATUSES),
      isolation: z.enum(TENANT_ISOLATIONS),
      /** Fields and values that the metadata must contain. */
      metadata: z.record(z.string(), z.json()),
    })
    .partial()
    .optional(),
  /** The maximum number of tenants, in the order of their slugs. */
  limit: z.int().min(1).optional(),
});

export type Selection = z.input<typeof selectionSchema>;
