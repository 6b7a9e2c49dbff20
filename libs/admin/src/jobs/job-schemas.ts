import { isTenantId, isTenantSlug } from '@rowhouse/core';
import { pageQuery } from '@rowhouse/nestjs/operator';
import { JOB_STATES } from '@rowhouse/transfer/jobs/services';
import { z } from 'zod';
import { pageAnswer } from '../request-schemas.js';
import { shownText } from '../text.js';

const MAX_PAGE = 200;

const tenant = z
  .string()
  .refine((named) => isTenantId(named) || isTenantSlug(named), 'expected the slug of a tenant, or its id')
  .optional()
  .describe('By slug or id; of a purged one, by its id.');

export const jobsQuery = pageQuery({
  defaultLimit: 50,
  maxLimit: MAX_PAGE,
  key: z.tuple([z.string().regex(/^\d{1,18}$/)]),
}).extend({
  tenant,
  name: shownText(100)
    .regex(/^[a-z0-9._:-]+$/, 'expected the name of a job, such as send-invoice')
    .optional(),
  state: z.enum(JOB_STATES).optional(),
});

export const jobCountsQuery = z.strictObject({ tenant });

export const jobAnswer = z
  .object({
    id: z.guid(),
    tenantId: z.guid(),
    tenantSlug: z.string().nullable().describe('null when the tenant is purged.'),
    name: z.string(),
    state: z.enum(JOB_STATES),
    isHeld: z.boolean().describe('It waits because its tenant is not active.'),
    priority: z.int(),
    singletonKey: z.string().nullable(),
    attempts: z.int().describe('Those that have ended, or are under way.'),
    failure: z.string().nullable().describe('The message of the last error.'),
    createdAt: z.date(),
    runAt: z.date().describe('When it is due, or was.'),
    startedAt: z.date().nullable().describe('When the last attempt began.'),
    endedAt: z.date().nullable(),
  })
  .meta({ id: 'Job' });

export const jobsAnswer = pageAnswer(jobAnswer);

export const jobCountsAnswer = z
  .object({
    items: z.array(
      z.object({
        name: z.string(),
        waiting: z.int().describe('Including those that are held.'),
        held: z.int().describe('Those of `waiting` whose tenant is not active.'),
        running: z.int(),
        completed: z.int(),
        failed: z.int(),
        cancelled: z.int(),
      }),
    ),
    unhandled: z
      .array(z.object({ name: z.string(), waiting: z.int() }))
      .describe('Jobs of any tenant that are due, under names that no worker has handled for half an hour.'),
  })
  .meta({ id: 'JobCounts' });
