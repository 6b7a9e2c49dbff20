import { TenantNotFoundError } from '../errors.js';
import { isTenantId, isTenantSlug, type Tenant } from '../tenant.js';
import type { TenantStore } from './tenant-store.js';

/** The tenant that people name by slug or by id. @throws {TenantNotFoundError} */
export async function findTenant(
  store: Pick<TenantStore, 'findById' | 'findBySlug'>,
  slugOrId: string,
): Promise<Tenant> {
  const tenant = isTenantId(slugOrId)
    ? await store.findById(slugOrId)
    : isTenantSlug(slugOrId)
      ? await store.findBySlug(slugOrId)
      : undefined;
  if (!tenant) throw new TenantNotFoundError(slugOrId);
  return tenant;
}
