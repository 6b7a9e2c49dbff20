import { isTenantId, isTenantSlug } from '@rowhouse/core';
import { monthSchema, usageFilterSchema } from '@rowhouse/metrics/internal';
import { USAGE_FORMATS } from '@rowhouse/metrics/usage';
import { pageQuery } from '@rowhouse/nestjs/operator';
import { z } from 'zod';
import { queryBoolean } from '../query-boolean.js';

const tenant = z
  .string()
  .refine((tenant) => isTenantId(tenant) || isTenantSlug(tenant), 'expected the slug of a tenant, or its id')
  .optional()
  .describe('By slug or id; a purged tenant by its id.');

const filter = usageFilterSchema.extend({
  tenant,
  late: queryBoolean.optional().describe(usageFilterSchema.shape.late.description ?? ''),
});

export const usageQuery = pageQuery({
  defaultLimit: 50,
  maxLimit: 1_000,
  key: z.tuple([z.int().min(0)]),
}).extend(filter.shape);

export const usageExportQuery = filter.extend({ format: z.enum(USAGE_FORMATS).default('ndjson') });

export const usageMonthsAnswer = z.object({
  items: z.array(
    z
      .object({
        month: z.string(),
        isClosed: z.boolean(),
        closableFrom: z.date().describe('After the months before it.'),
      })
      .meta({ id: 'UsageMonth' }),
  ),
});

const month = monthSchema.optional().describe('Of UTC: `2026-10`. Default: the present one.');

export const usageSumsQuery = z.strictObject({ month });

const quantityShape = {
  meter: z.string(),
  unit: z.string().nullable(),
  quantity: z.string().describe('A decimal number.'),
};

export const usageSumsAnswer = z.object({
  items: z.array(z.object({ ...quantityShape, tenants: z.int().describe('How many used it.') })),
});

export const usageTotalsQuery = pageQuery({
  defaultLimit: 50,
  maxLimit: 1_000,
  key: z.tuple([z.string(), z.guid()]),
}).extend({ month, tenant });

export const tenantUsageAnswer = z
  .object({
    tenantId: z.guid(),
    tenantSlug: z.string().nullable().describe('As the last record of the month names it.'),
    tenantPlan: z.string().nullable(),
    meters: z.array(z.object(quantityShape)),
  })
  .meta({ id: 'TenantUsage' });

export const usageRecordAnswer = z
  .object({
    seq: z.int().describe('In the order in which records are made; without gaps.'),
    tenantId: z.guid(),
    tenantSlug: z.string().nullable().describe('When it was recorded.'),
    tenantPlan: z.string().nullable().describe('When it was recorded.'),
    meter: z.string(),
    unit: z.string().nullable(),
    hour: z.date().describe('When it began, in UTC.'),
    revision: z.int().describe('From 1; a later one corrects those before.'),
    quantity: z.string().describe('All of the hour, as a decimal number.'),
    change: z.string().describe('What is new since the revision before.'),
    month: z.string().describe('Whose bill it belongs to: `2026-10`.'),
    recordedAt: z.date(),
  })
  .meta({ id: 'UsageRecord' });

const closeShape = {
  month: z.string(),
  closedAt: z.date(),
  closedBy: z.object({ type: z.string(), id: z.string() }).nullable(),
  totals: z.int().describe('How many totals it has: of each tenant and meter.'),
  previousHash: z.string().describe('Of the month that was closed before; zeros for the first.'),
  hash: z.string().describe('SHA-256 of `previousHash` and the totals, in hexadecimal digits.'),
};

export const usageCloseAnswer = z.object(closeShape).meta({ id: 'UsageClose' });
export const usageClosesAnswer = z.object({ items: z.array(usageCloseAnswer) });
export const checkedUsageCloseAnswer = z
  .object({ ...closeShape, isIntact: z.boolean().describe('Whether its totals still have this hash.') })
  .meta({ id: 'CheckedUsageClose' });

export const usageCloseRequest = z.strictObject({ month: monthSchema.describe('`2026-10`') });

export const usageSinksAnswer = z.object({
  items: z.array(
    z.object({
      name: z.string(),
      pending: z.int().describe('Records that it has not had.'),
      failedAttempts: z.int().describe('Since the last success.'),
      nextAttemptAt: z.date().nullable(),
      attemptedAt: z.date().nullable(),
      failure: z.string().nullable().describe('Of the last attempt.'),
    }),
  ),
});

export const usageRetryAnswer = z.object({ retried: z.int().describe('How many sinks are tried again.') });
