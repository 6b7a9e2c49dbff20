import { isDeepStrictEqual } from 'node:util';
import {
  isTenantSlug,
  TENANT_STATUSES,
  type Tenant,
  type TenantListOptions,
  type TenantStatus,
  type TenantStore,
} from '@rowhouse/core';
import type { SelectionOptions, Where } from '../../options/selection-options.js';
import { UnusableError } from '../../shell/io.js';

/** Statuses of tenants whose home is complete. */
export const STATUSES_WITH_HOME: readonly TenantStatus[] = ['active', 'suspended', 'maintenance'];

/**
 * The tenants that a script runs for: the named ones, otherwise all active ones.
 *
 * @throws {UnusableError} for a named tenant that does not exist or has no home, and for an unknown status.
 */
export async function selectTenants(
  store: Pick<TenantStore, 'findBySlug' | 'list'>,
  { tenant: slugs, where = {}, limit = Number.POSITIVE_INFINITY }: SelectionOptions,
): Promise<Tenant[]> {
  const status = statusOf(where.status);
  const candidates = slugs
    ? await tenantsBySlug(store, slugs)
    : await allTenants(store, { status: status ?? 'active' });
  return candidates
    .filter((tenant) => (status === undefined || tenant.status === status) && matches(tenant, where))
    .slice(0, limit);
}

function statusOf(text: string | undefined): TenantStatus | undefined {
  const status = TENANT_STATUSES.find((one) => one === text);
  if (text === undefined || status !== undefined) return status;
  throw new UnusableError(`--where: status is one of ${TENANT_STATUSES.join(', ')}.`);
}

function matches(tenant: Tenant, { plan, placement, isolation, metadata = {} }: Where): boolean {
  return (
    (plan === undefined || tenant.plan === plan) &&
    (placement === undefined || tenant.placement === placement) &&
    (isolation === undefined || tenant.isolation === isolation) &&
    Object.entries(metadata).every(([field, value]) => isDeepStrictEqual(tenant.metadata[field], value))
  );
}

async function tenantsBySlug(
  store: Pick<TenantStore, 'findBySlug'>,
  slugs: readonly string[],
): Promise<Tenant[]> {
  const found: Tenant[] = [];
  for (const slug of new Set(slugs)) {
    const tenant = isTenantSlug(slug) ? await store.findBySlug(slug) : undefined;
    if (!tenant) throw new UnusableError(`There is no tenant "${slug}".`);
    if (!STATUSES_WITH_HOME.includes(tenant.status))
      throw new UnusableError(`Tenant "${slug}" is ${tenant.status}.`);
    found.push(tenant);
  }
  return found;
}

/** Reads all pages of tenants. @param options.cursor - where to begin. */
export async function allTenants(
  store: Pick<TenantStore, 'list'>,
  { status, limit = 1_000, cursor: from }: TenantListOptions = {},
): Promise<Tenant[]> {
  const tenants: Tenant[] = [];
  let cursor = from;
  do {
    const page = await store.list({ cursor, status, limit });
    tenants.push(...page.tenants);
    cursor = page.next;
  } while (cursor !== undefined);
  return tenants;
}
