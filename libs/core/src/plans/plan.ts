import { z } from 'zod';
import { CONTROLS_REFUSED, isFreeOfControls } from '../support/control-characters.js';
import { type Rate, rateSchema } from './rate.js';
import { limitsSchema, limitsShape, type TenantLimits } from './tenant-limits.js';

/** How much of something a tenant may have. */
export type Quota = number | 'unlimited';

/** What the tenants of a plan may have. */
export interface Plan {
  /** Of the pool. What is left out is that of `pool.limits`. */
  readonly limits?: TenantLimits;
  /** Whole numbers by name, which the app enforces. What one plan has a quota of, each plan has a quota of. */
  readonly quotas?: Readonly<Record<string, Quota>>;
  /** How often something may be done, by name. What one plan has a rate of, each plan has a rate of. */
  readonly rates?: Readonly<Record<string, Rate>>;
  readonly features?: readonly string[];
}

/** The plans of an app, by name. */
export type Plans = Readonly<Record<string, Plan>>;

/** Plans that were checked. */
export type DeclaredPlans = Readonly<Record<string, Required<Plan>>>;

/** What a tenant has in place of what its plan says. */
export interface TenantOverrides {
  readonly limits?: TenantLimits;
  readonly quotas?: Readonly<Record<string, Quota>>;
  readonly rates?: Readonly<Record<string, Rate>>;
  readonly features?: Readonly<Record<string, boolean>>;
}

const ENTRY = /^[a-z][a-zA-Z0-9_.:-]{0,63}$/;
const entryName = z
  .string()
  .regex(ENTRY, 'expected a name of 1 to 64 letters, digits and _.:-, beginning with a small letter');

const quotaSchema = z.union(
  [z.int().nonnegative(), z.literal('unlimited')],
  "expected a whole number of at least 0, or 'unlimited'",
);

const planName = z.string().min(1).max(200).refine(isFreeOfControls, CONTROLS_REFUSED);

const planSchema = z.strictObject({
  limits: limitsSchema.transform(withoutUndefined).default({}),
  quotas: z.record(entryName, quotaSchema).default({}),
  rates: z.record(entryName, rateSchema).default({}),
  features: z.array(entryName).default([]),
});

export const plansSchema = z.record(planName, planSchema).superRefine((plans, context) => {
  for (const [kind, one] of [
    ['quotas', 'a quota'],
    ['rates', 'a rate'],
  ] as const) {
    const names = new Set(Object.values(plans).flatMap((plan) => Object.keys(plan[kind])));
    for (const [plan, declared] of Object.entries(plans))
      for (const name of names)
        if (!Object.hasOwn(declared[kind], name))
          context.addIssue({
            code: 'custom',
            path: [plan, kind, name],
            message: `expected ${one}, because another plan has it; 'unlimited' for no limit`,
          });
  }
});

/** As a store holds them. What a newer release has written beside is left out. */
export const overridesSchema = z.object({
  limits: z.object(limitsShape).partial().transform(withoutUndefined).optional(),
  quotas: z.record(entryName, quotaSchema).optional(),
  rates: z.record(entryName, rateSchema).optional(),
  features: z.record(entryName, z.boolean()).optional(),
});

/** A JSON merge patch (RFC 7396) of overrides: `null` takes one back. */
export const overridesPatchSchema = z.strictObject({
  limits: z
    .strictObject(
      Object.fromEntries(Object.entries(limitsShape).map(([name, schema]) => [name, schema.nullable()])) as {
        [Name in keyof typeof limitsShape]: z.ZodNullable<(typeof limitsShape)[Name]>;
      },
    )
    .partial()
    .optional(),
  quotas: z.record(entryName, quotaSchema.nullable()).optional(),
  rates: z.record(entryName, rateSchema.nullable()).optional(),
  features: z.record(entryName, z.boolean().nullable()).optional(),
});

/** Takes out what stands there as `undefined`, so that it hides no default. */
function withoutUndefined(limits: TenantLimits): TenantLimits {
  return Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined));
}
