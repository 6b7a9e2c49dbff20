import { LIMIT_NAMES, LIMIT_SOURCES } from '@rowhouse/core/internal';
import { z } from 'zod';

const source = z.enum(LIMIT_SOURCES).describe('Whether the tenant, its plan, or neither says so.');
const quota = z.union([z.int(), z.literal('unlimited')]);
const rate = z.string().describe('Such as 100/minute, or unlimited.');

const limit = z.object({ value: z.number().nullable().describe('null where the pool decides.'), source });

export const tenantLimitsAnswer = z
  .object({
    tenantId: z.guid(),
    plan: z.string(),
    isDeclared: z.boolean().describe('Whether the application declares the plan.'),
    limits: z.object(
      Object.fromEntries(LIMIT_NAMES.map((name) => [name, limit])) as Record<
        (typeof LIMIT_NAMES)[number],
        typeof limit
      >,
    ),
    quotas: z.record(z.string(), z.object({ value: quota, source })),
    rates: z.record(z.string(), z.object({ value: rate, source })),
    features: z.record(z.string(), z.object({ value: z.boolean(), source })),
    overrides: z
      .record(z.string(), z.unknown())
      .describe('As stored; those of what is in no plan are not in force.'),
  })
  .meta({ id: 'TenantLimits' });

export const plansAnswer = z.object({
  items: z.array(
    z
      .object({
        name: z.string(),
        limits: z.record(z.string(), z.number()),
        quotas: z.record(z.string(), quota),
        rates: z.record(z.string(), rate),
        features: z.array(z.string()),
      })
      .meta({ id: 'Plan' }),
  ),
});
