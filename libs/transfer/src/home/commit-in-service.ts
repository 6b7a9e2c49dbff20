import type { Actor, Tenant } from '@rowhouse/core';
import { auditStatement, runEach } from '@rowhouse/core/internal';
import { type FleetDeployment, MIGRATED_STATUSES } from '@rowhouse/migrations/internal';
import type pg from 'pg';
import { TransferRefusedError } from '../errors.js';

export interface ChangeOfRows {
  readonly action: string;
  readonly tenants: readonly Tenant[];
  readonly after: object;
  readonly by: Actor | undefined;
  /** Changes the catalog in the same transaction, while nobody else changes the tenants there. */
  readonly also?: ((client: pg.PoolClient) => Promise<unknown>) | undefined;
}

/**
 * Commits a change of rows, and records it in the audit trail of each tenant.
 *
 * @throws {TransferRefusedError} when one of them is not in service any more. Nothing is committed.
 */
export function commitInService(
  { catalog }: FleetDeployment,
  { action, tenants, after, by, also }: ChangeOfRows,
  commit: () => Promise<unknown>,
): Promise<void> {
  return catalog.transaction(async (holder) => {
    // Whatever the default of the database: what is read next must be newer than the wait for the lock.
    if (also) await holder.query('set transaction isolation level read committed');
    const { rowCount } = await holder.query(
      `select from rowhouse.tenants where id = any ($1) and status = any ($2) order by id for ${also ? 'no key update' : 'share'}`,
      [tenants.map(({ id }) => id), MIGRATED_STATUSES],
    );
    if (rowCount !== tenants.length)
      throw new TransferRefusedError('A tenant was taken out of service meanwhile. Nothing was changed.');
    await runEach(
      holder,
      tenants.map(({ id, slug }) => auditStatement({ action, tenantId: id, target: slug, after, by })),
    );
    await also?.(holder);
    await commit();
  });
}
