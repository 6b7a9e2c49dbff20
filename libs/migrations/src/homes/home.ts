import { parseTenantSlug, type SchemaName, type Tenant } from '@rowhouse/core';
import { announceChange, type ScriptStatement } from '@rowhouse/core/internal';
import type { MigrationSet } from './migration-set.js';

/** The catalog's ids for the homes that belong to no single tenant. */
const ROWS_HOME_ID = '00000000-0000-0000-0000-000000000000';
const SHARED_HOME_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** The unit of migration: a tenant's schema or database, the tables that row tenants share, or the shared tables. */
export interface Home {
  /** The tenant's id, or a fixed id for the tables of row tenants and for the shared tables. */
  readonly id: string;
  /** The name to display: the tenant's slug, `(rows)` or `(shared)`. */
  readonly label: string;
  readonly kind: Tenant['isolation'] | 'shared';
  /** The tenant whose pin leads to the home; a placeholder for homes that belong to no single tenant. */
  readonly tenant: Tenant;
}

/** A tenant object for homes that have no tenant, or none yet. */
export function placeholderTenant(fields: Partial<Tenant> & Pick<Tenant, 'id' | 'isolation'>): Tenant {
  const at = new Date(0);
  return Object.freeze({
    slug: parseTenantSlug('rowhouse'),
    name: 'Rowhouse',
    status: 'active',
    schema: '' as SchemaName,
    placement: 'default',
    plan: 'free',
    overrides: {},
    metadata: {},
    createdAt: at,
    updatedAt: at,
    ...fields,
  } satisfies Tenant);
}

/** The schema that tenants with isolation `row` share. */
export const ROWS_HOME: Home = {
  id: ROWS_HOME_ID,
  label: '(rows)',
  kind: 'row',
  tenant: placeholderTenant({ id: ROWS_HOME_ID, isolation: 'row' }),
};

/** The shared tables of the main database. They have their own migrations. */
export const SHARED_HOME: Home = {
  id: SHARED_HOME_ID,
  label: '(shared)',
  kind: 'shared',
  tenant: placeholderTenant({ id: SHARED_HOME_ID, isolation: 'row' }),
};

/** The home of a tenant. All row tenants have the same one. */
export function homeOf(tenant: Tenant): Home {
  if (tenant.isolation === 'row') return ROWS_HOME;
  return { id: tenant.id, label: tenant.slug, kind: tenant.isolation, tenant };
}

/** Has every instance read the tenants of these homes anew: all of them, where tenants share the home. */
export function announceHomes(homes: readonly Pick<Home, 'id' | 'kind'>[]): ScriptStatement {
  const isShared = homes.some(({ kind }) => kind === 'row' || kind === 'shared');
  return announceChange(isShared ? undefined : homes.map(({ id }) => id));
}

/** The migrations that a home of this kind needs. A tenant database has its own copy of the shared tables. */
export function migrationsOf(kind: Home['kind'], { tenant, shared }: MigrationSet): readonly string[] {
  const of = { schema: [tenant], row: [tenant], database: [shared, tenant], shared: [shared] }[kind];
  return of.flat().map(({ name }) => name);
}
