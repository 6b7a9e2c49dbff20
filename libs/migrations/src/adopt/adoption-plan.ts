import { z } from 'zod';
import { MigrationConflictError } from '../errors.js';
import type { OwnerTransaction } from './owner-transaction.js';

const planSchema = z.object({
  format: z.literal(1),
  /** The schema that everything in the home goes back to, but for what `others` says. */
  from: z.string(),
  /** By schema, the objects that came from another one: their names in the home. */
  others: z.record(z.string(), z.array(z.string())).default({}),
  /** Whether the adoption made the table of migrations. */
  madeHistory: z.boolean().default(false),
  /** Tables that got row-level security, without the schema. */
  tables: z.array(z.string()),
  /** Statements that undo the adoption, in this order. Statements about an object that no longer exists are skipped. */
  restore: z.array(
    z.object({ statement: z.string(), object: z.string().optional(), isRelation: z.boolean().optional() }),
  ),
});

/** The record of an adoption, which makes it possible to undo it. */
export type AdoptionPlan = z.output<typeof planSchema>;
export type Restoration = AdoptionPlan['restore'][number];

export async function savePlan(owner: OwnerTransaction, tenantId: string, plan: AdoptionPlan): Promise<void> {
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
  if (!row) throw new MigrationConflictError('This tenant was not adopted, so there is nothing to undo.');
  return planSchema.parse(row.plan);
}
