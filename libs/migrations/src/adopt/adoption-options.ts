import { isTenantSlug } from '@rowhouse/core';
import { z } from 'zod';

const NOT_ADOPTABLE = /^(pg_.*|information_schema|rowhouse)$/;

export const adoptionOptionsSchema = z.strictObject({
  /** The tenant that the database becomes; it is active at once. */
  tenant: z.strictObject({
    slug: z.string().refine(isTenantSlug, 'expected 1 to 48 of a-z, 0-9 and -, beginning with a letter'),
    /** Default: the slug. */
    name: z.string().min(1).max(200).optional(),
    plan: z.string().min(1).optional(),
    /** `schema` moves the tables into the tenant's schema; `row` leaves them, and puts them behind policies. */
    isolation: z.enum(['schema', 'row']).default('schema'),
  }),
  /** The schema that the app's tables are in; with isolation `row` it must be the one that row tenants share. */
  from: z
    .string()
    .min(1)
    .max(63)
    .refine((name) => !NOT_ADOPTABLE.test(name), 'expected a schema of the application')
    .default('public'),
  /** Tables and views that stay as they are, for all tenants to read. */
  keep: z.array(z.string().min(1)).default([]),
  /** True does everything, and takes it back. */
  dryRun: z.boolean().default(false),
  /** Milliseconds that a statement waits for a lock that somebody else holds. */
  lockTimeoutMs: z.int().min(1).max(3_600_000).default(10_000),
});

export const undoOptionsSchema = adoptionOptionsSchema.pick({ dryRun: true, lockTimeoutMs: true });

/** How a database is adopted. Only the slug has no default. */
export type AdoptionOptions = z.input<typeof adoptionOptionsSchema>;
export type ParsedAdoptionOptions = z.output<typeof adoptionOptionsSchema>;
export type UndoAdoptionOptions = z.input<typeof undoOptionsSchema>;
