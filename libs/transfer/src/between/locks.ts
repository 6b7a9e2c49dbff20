import type { Tenant } from '@rowhouse/core';
import type { TableLock } from '../home/owner-transaction.js';
import { type Client, type HomeTable, sourceOf } from '../home/tables.js';
import { ownRows } from '../merge/own-rows.js';

/** Rows of tables that tenants share are locked one by one. */
export function sourceMode({ isolation }: Tenant, isRemoved: boolean): TableLock['mode'] {
  if (!isRemoved) return 'access share';
  return isolation === 'row' ? 'row exclusive' : 'share row exclusive';
}

/** Tables that are one tenant's are written by nobody else meanwhile. */
export function targetMode({ isolation }: Tenant): TableLock['mode'] {
  return isolation === 'row' ? 'row exclusive' : 'share row exclusive';
}

/**
 * Locks the rows of a tenant in tables that it shares, before any is read: nobody changes them, and no new row can refer to one. What is
 * added meanwhile is locked when it is read, or found by its number.
 *
 * @param client - acts for the tenant.
 */
export async function lockRows(client: Client, tenant: Tenant, tables: readonly HomeTable[]): Promise<void> {
  for (const table of tables)
    await client.query(`select from ${sourceOf(table)} s where ${ownRows(tenant, 's')} for update`);
}
