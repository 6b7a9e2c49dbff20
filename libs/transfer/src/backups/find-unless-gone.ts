import { type Tenant, TenantNotFoundError } from '@rowhouse/core';
import type { Fleet } from '@rowhouse/migrations/fleet';

/** @returns `undefined` when the tenant is gone. */
export async function findUnlessGone(fleet: Fleet, id: string): Promise<Tenant | undefined> {
  try {
    return await fleet.tenants.find(id);
  } catch (error) {
    if (error instanceof TenantNotFoundError) return undefined;
    throw error;
  }
}
