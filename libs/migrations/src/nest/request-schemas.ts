import { pageQuery } from '@rowhouse/nestjs/operator';
import { z } from 'zod';
import { selectionSchema } from '../homes/selection.js';
import { runDirection } from '../runs/run-request.js';

const MAX_PAGE = 1_000;

const slugs = z
  .union([z.string(), z.array(z.string())])
  .transform((given) => [given].flat().flatMap((list) => list.split(',')))
  .pipe(selectionSchema.shape.tenants.unwrap());

const where = selectionSchema.shape.where.unwrap().shape;

/** The query of `GET plan`: `?direction=down&steps=2&sql=true&tenants=acme,globex&plan=free&limit=10`. */
export const planQuerySchema = z
  .strictObject({
    direction: runDirection,
    steps: z.coerce.number().pipe(z.int().min(1)).optional(),
    sql: z.stringbool().default(false),
    tenants: slugs.optional(),
    limit: z.coerce.number().pipe(z.int().min(1)).optional(),
    plan: where.plan,
    placement: where.placement,
    status: where.status,
    isolation: where.isolation,
  })
  .transform(({ plan, placement, status, isolation, ...rest }) => ({
    ...rest,
    where: { plan, placement, status, isolation },
  }));

/** The query of `GET runs`. A page ends with the id of a run. */
export const runsQuerySchema = pageQuery({
  defaultLimit: 20,
  maxLimit: MAX_PAGE,
  key: z.tuple([z.guid()]),
});

/** The query of `GET runs/:id/homes`. A page ends with the label of a home. */
export const homesQuerySchema = pageQuery({
  defaultLimit: 100,
  maxLimit: MAX_PAGE,
  key: z.tuple([z.string()]),
}).extend({ state: z.enum(['pending', 'done', 'failed', 'skipped']).optional() });
