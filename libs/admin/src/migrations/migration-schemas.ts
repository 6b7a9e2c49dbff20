import { TENANT_ISOLATIONS } from '@rowhouse/core';
import { runRequestSchema } from '@rowhouse/migrations/internal';
import { pageQuery } from '@rowhouse/nestjs/operator';
import { z } from 'zod';
import { queryBoolean } from '../query-boolean.js';
import { tenantFilterSchema } from '../tenants/tenant-listing.js';

/** What a run is begun with: homes are selected as in `rowhouse migration run`, or by what a listing of tenants is filtered by. */
export const runRequest = runRequestSchema
  .unwrap()
  .safeExtend({
    filter: z
      .strictObject({ ...tenantFilterSchema.shape, unfinished: z.boolean().optional() })
      .optional()
      .describe('The tenants that fit it when the run begins, as `GET tenants` finds them.'),
  })
  .refine(({ filter, tenants, where }) => !filter || (!tenants && !where), {
    path: ['filter'],
    message: 'expected without tenants and where',
  })
  .prefault({});

const HOME_STATES = ['pending', 'done', 'failed', 'skipped'] as const;

export const homesQuery = pageQuery({
  defaultLimit: 50,
  maxLimit: 200,
  key: z.tuple([z.string().max(100)]),
}).extend({ state: z.enum(HOME_STATES).optional() });

export const homeAnswer = z
  .object({
    label: z.string().describe("The tenant's slug, `(rows)` or `(shared)`."),
    state: z.enum(HOME_STATES),
    names: z.array(z.string()).describe('The migrations that ran, or will run.'),
    error: z
      .string()
      .optional()
      .describe('Why it failed: the migration, its statement, and what PostgreSQL said.'),
    attempts: z.int(),
    durationMs: z.number().optional(),
    wave: z.int().describe('From 1; 0 for the shared tables.'),
  })
  .meta({ id: 'MigratedHome' });

export const statusAnswer = z
  .object({
    migrations: z.array(z.string()).describe('Those of this release, in their order.'),
    versions: z.array(
      z.object({
        isolation: z.enum(TENANT_ISOLATIONS),
        version: z.string().optional().describe('The last migration that they have had.'),
        pending: z.array(z.string()).describe('The migrations of this release that they have not had.'),
        unknown: z.array(z.string()).describe('Those that they have had and this release does not have.'),
        tenants: z.int(),
      }),
    ),
    tenants: z.int().describe('All that have a home.'),
    behind: z.int().describe('Those that lack migrations of this release.'),
  })
  .meta({ id: 'MigrationStatus' });

export const planQuery = z.strictObject({
  sql: queryBoolean
    .default(false)
    .describe('Whether the statements are shown. The migrations run for it in a schema of their own.'),
});

export const planAnswer = z
  .object({
    direction: z.enum(['up', 'down']),
    total: z.int().describe('Homes that would be changed.'),
    groups: z
      .array(
        z.object({
          from: z.string().optional().describe('The last migration that the homes have had.'),
          kind: z.enum([...TENANT_ISOLATIONS, 'shared']),
          names: z.array(z.string()).describe('The migrations, in the order in which they would run.'),
          homes: z.array(z.string()).describe("Tenants' slugs, `(rows)` or `(shared)`."),
          outOfOrder: z
            .array(z.string())
            .describe('Migrations that are older than others that these homes have had.'),
          sql: z
            .array(
              z.object({
                name: z.string(),
                statements: z.array(z.string()),
                dataDependence: z
                  .string()
                  .optional()
                  .describe('Why the statements may be others for each home.'),
              }),
            )
            .optional(),
          sqlError: z.string().optional().describe('Why the statements are not known.'),
        }),
      )
      .describe('Homes that get the same change; the largest group is first.'),
  })
  .meta({ id: 'MigrationPlan' });

export const wavesAnswer = z.object({
  items: z.array(
    z
      .object({
        wave: z.int().describe('From 1; 0 for the shared tables.'),
        isCanary: z.boolean(),
        total: z.int(),
        done: z.int(),
        failed: z.int(),
        skipped: z.int().describe('Homes that had nothing left to do.'),
        pending: z.int(),
      })
      .meta({ id: 'RunWave' }),
  ),
});
