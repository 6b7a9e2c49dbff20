import { z } from 'zod';
import { MigrationConflictError } from '../errors.js';
import type { OwnerTransaction } from './owner-transaction.js';

const planSchema = z.object({
  format: z.literal(1),
  from: z.string(),
  /** Tables that were given row security, without the schema. */
  tables: z.array(z.string()),
  /** Run by the undoing, in this order, unless it is about an object that is gone. */
  restore: z.array(
    z.object({ statement: z.string(), object: z.string().optional(), isRelation: z.boolean().optional() }),
  ),
});

/** What is kept of an adoption, so that it can be undone. */
export type AdoptionPlan = z.output<typeof planSchema>;
export type Restoration = AdoptionPlan['restore'][number];

export async function keepPlan(owner: OwnerTransaction, tenantId: string, plan: AdoptionPlan): Promise<void> {
  await owner.change('insert into rowhouse.adoptions (tenant_id, plan) values ($1, $2)', [
    tenantId,
    JSON.stringify(plan),
  ]);
}

/** @throws {MigrationConflictError} when the tenant was not adopted. */
export async function readPlan(owner: OwnerTransaction, tenantId: string): Promise<AdoptionPlan> {
  const [row] = await owner.read<{ plan: unknown }>(
    'select plan from rowhouse.adoptions where tenant_id = $1 for update',
    [tenantId],
  );
  if (!row)
    throw new MigrationConflictError('This tenant was not adopted, so there is nothing to go back to.');
  return planSchema.parse(row.plan);
}
