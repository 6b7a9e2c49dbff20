import { isTenantSlug } from '@rowhouse/core';
import { z } from 'zod';

const NOT_ADOPTABLE = /^(pg_.*|information_schema|rowhouse)$/;

const appSchema = z
  .string()
  .min(1)
  .max(63)
  .refine((name) => !NOT_ADOPTABLE.test(name), 'expected a schema of the application');

export const adoptionOptionsSchema = z.strictObject({
  /** The tenant to create; its status is `active`. */
  tenant: z.strictObject({
    slug: z.string().refine(isTenantSlug, 'expected 1 to 48 of a-z, 0-9 and -, beginning with a letter'),
    /** Default: the slug. */
    name: z.string().min(1).max(200).optional(),
    plan: z.string().min(1).optional(),
    /** `schema` moves the tables into the tenant's schema; `row` leaves them in place and adds row-level security. */
    isolation: z.enum(['schema', 'row']).default('schema'),
  }),
  /**
   * The schemas of the app's tables; what is in them becomes one home. With isolation `row` it must be the home schema, which row
   * tenants share.
   */
  from: z
    .union([appSchema.transform((name) => [name]), z.array(appSchema).min(1)])
    .refine((names) => new Set(names).size === names.length, 'expected each schema once')
    .default(['public']),
  /** Tables and views that stay where they are, for all tenants to read. */
  keep: z.array(z.string().min(1)).default([]),
  /**
   * Objects that lead out of the tenant's walls, or will fail, and that you have looked at, as the refusal names them: `view
   * reports.monthly`.
   */
  accept: z.array(z.string().min(1)).default([]),
  /**
   * Makes TypeORM's table of migrations, where there is none, and records all migrations of the app as run: for tables that were
   * made without them (`synchronize`, another tool).
   */
  history: z.boolean().default(false),
  /** Does everything and then rolls back. */
  dryRun: z.boolean().default(false),
  /** How many milliseconds a statement waits for a lock. */
  lockTimeoutMs: z.int().min(1).max(3_600_000).default(10_000),
});

export const undoOptionsSchema = adoptionOptionsSchema.pick({ dryRun: true, lockTimeoutMs: true });

/** How to adopt a database. Only the slug has no default. */
export type AdoptionOptions = z.input<typeof adoptionOptionsSchema>;
export type ParsedAdoptionOptions = z.output<typeof adoptionOptionsSchema>;
export type UndoAdoptionOptions = z.input<typeof undoOptionsSchema>;
