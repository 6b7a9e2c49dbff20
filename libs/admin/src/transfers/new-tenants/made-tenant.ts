import { type Tenant, TenantConflictError, TenantNotFoundError } from '@rowhouse/core';
import type { Fleet } from '@rowhouse/migrations';
import type { ImportReport, WrittenRecords } from '@rowhouse/transfer';
import { z } from 'zod';
import type { OperationControl } from '../../operations/operation.js';
import { TenantNotFinishedError } from '../../tenants/tenant-operations.js';

/** A field of what the new tenant is. */
export const suspended = z
  .boolean()
  .default(false)
  .describe(
    'It is suspended, and was never active: requests are not served, and schedules do not run its jobs.',
  );

/** How an operation ended that makes a tenant of the rows of another, or of a file. The tenant has the id of the operation. */
export interface MadeTenant {
  readonly tenantId: string;
  readonly slug: string;
  /** `null` where a process made it that was gone before it could say so. */
  readonly rows: number | null;
  readonly tables: number | null;
  /** What became of the records that came along. */
  readonly records: readonly WrittenRecords[] | null;
}

/** Makes a tenant with the id of the operation. What a process that is gone has left of it is removed before. */
export async function makeTenant(
  fleet: Fleet,
  control: OperationControl,
  make: (id: string) => Promise<ImportReport>,
): Promise<MadeTenant> {
  const made = control.isResumed ? await undoTenant(fleet, control) : undefined;
  if (made) return { tenantId: made.id, slug: made.slug, rows: null, tables: null, records: null };
  const { tenant, rows, tables, records } = await make(control.id);
  return { tenantId: tenant.id, slug: tenant.slug, rows, tables, records };
}

/**
 * Removes what a process that is gone, or a cancelled operation, has left of a tenant.
 *
 * @returns the tenant, where it was made to the end.
 */
export async function undoTenant(
  { tenants }: Fleet,
  { id, by, signal, onStep }: OperationControl,
): Promise<Tenant | undefined> {
  const found = await tenants.find(id).catch(unlessMissing);
  if (!found || !['provisioning', 'failed', 'deleting'].includes(found.status)) return found;
  const { failed, busy } = await tenants.repair(
    { tenants: [found.slug], undo: true },
    { by, signal, onStep: (step) => onStep(step) },
  );
  if (failed[0]) throw new TenantNotFinishedError(failed[0].error);
  if (busy[0]) throw new TenantNotFinishedError('another process is working on it');
  return undefined;
}

/**
 * Before anything begins: the answer is 409 then, and no failed operation.
 *
 * @param id - of the tenant that is to have the slug.
 * @throws {TenantConflictError}
 */
export async function requireFreeSlug(
  { tenants }: Fleet,
  slug: string | undefined,
  id: string,
): Promise<void> {
  const holder = slug === undefined ? undefined : await tenants.find(slug).catch(unlessMissing);
  if (holder && holder.id !== id) throw new TenantConflictError(`The slug "${slug}" is taken.`);
}

function unlessMissing(error: unknown): undefined {
  if (!(error instanceof TenantNotFoundError)) throw error;
}
