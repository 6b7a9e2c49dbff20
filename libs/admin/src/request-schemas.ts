import { isTenantId, isTenantSlug, TENANT_ISOLATIONS, TENANT_STATUSES } from '@rowhouse/core';
import { pageQuery } from '@rowhouse/nestjs/operator';
import { z } from 'zod';
import { OPERATION_STATES } from './operations/operation.js';
import { TENANT_HEALTHS, TENANT_SORTS, tenantFilterSchema } from './tenants/tenant-listing.js';
import { shownText } from './text.js';

const MAX_PAGE = 200;

/** One page of a listing. */
export function pageAnswer<T extends z.ZodType>(item: T) {
  return z.object({
    items: z.array(item),
    next: z
      .string()
      .nullable()
      .describe('Sent back as `cursor`, it asks for the next page; null on the last one.'),
  });
}

export const tenantAnswer = z
  .object({
    id: z.guid(),
    slug: z.string(),
    name: z.string(),
    status: z.enum(TENANT_STATUSES),
    isolation: z.enum(TENANT_ISOLATIONS),
    placement: z.string(),
    plan: z.string(),
    overrides: z
      .record(z.string(), z.unknown())
      .describe('What it has in place of what its plan says: see `limits`.'),
    metadata: z.record(z.string(), z.unknown()),
    createdAt: z.date(),
    updatedAt: z.date(),
    version: z.string().nullable().describe('The last migration that its home has had.'),
    health: z
      .enum(TENANT_HEALTHS)
      .describe(
        'behind: its home lacks migrations of this release; failed: an operation on it, or the latest run of migrations, has failed.',
      ),
    unfinished: z
      .object({ kind: z.string(), step: z.string(), error: z.string().nullable() })
      .nullable()
      .describe('The operation on it that has not ended, and why it failed.'),
    worker: z
      .string()
      .nullable()
      .describe('The worker of Citus that has its tables. null on the coordinator, and without Citus.'),
  })
  .meta({ id: 'Tenant' });

export const tenantsQuery = pageQuery({
  defaultLimit: 50,
  maxLimit: MAX_PAGE,
  key: z.tuple([z.enum(TENANT_SORTS), z.string().max(400), z.guid()]),
})
  .extend(tenantFilterSchema.shape)
  .extend({ sort: z.enum(TENANT_SORTS).default('slug') })
  .refine(({ cursor, sort }) => !cursor || fitsSort(cursor, sort), {
    path: ['cursor'],
    message: 'expected a cursor of this listing, sorted as before',
  });

function fitsSort([sortBefore, value]: readonly string[], sort: string): boolean {
  return sortBefore === sort && (!sort.endsWith('At') || z.iso.datetime().safeParse(value).success);
}

export const purgeRequest = z.strictObject({
  confirm: z.string().max(48).describe("The tenant's slug, typed again."),
  beforeRetentionEnds: z.boolean().default(false),
});

const OPERATION_KINDS = 'Such as `tenant.create`, `migrations.run` or `export`; new ones may come.';

export const operationAnswer = z
  .object({
    id: z.guid(),
    kind: z.string().describe(OPERATION_KINDS),
    state: z.enum(OPERATION_STATES),
    tenantId: z.guid().nullable(),
    steps: z.array(z.object({ name: z.string(), startedAt: z.string() })),
    progress: z
      .object({
        done: z.number(),
        total: z.number().describe('May be an estimate.'),
        unit: z.string().describe('What is counted.'),
        item: z.string().optional().describe('What is being worked on, such as a table.'),
        bytes: z.number().optional(),
        percent: z.int(),
        perSecond: z.number(),
        secondsLeft: z.number().nullable(),
      })
      .nullable(),
    result: z.unknown(),
    error: z.string().nullable(),
    actor: z.object({ type: z.string(), id: z.string() }).nullable(),
    isCancelRequested: z.boolean(),
    isPauseRequested: z.boolean(),
    createdAt: z.date(),
    updatedAt: z.date(),
    finishedAt: z.date().nullable(),
  })
  .meta({ id: 'Operation' });

export const operationsQuery = pageQuery({
  defaultLimit: 50,
  maxLimit: MAX_PAGE,
  key: z.tuple([z.iso.datetime(), z.guid()]),
}).extend({
  kind: shownText(100).optional().describe(OPERATION_KINDS),
  state: z.enum(OPERATION_STATES).optional(),
  tenant: z
    .string()
    .refine(
      (tenant) => isTenantId(tenant) || isTenantSlug(tenant),
      'expected the slug of a tenant, or its id',
    )
    .optional()
    .describe('By slug or id.'),
});
