import { parseTenantSlug, type SchemaName, type Tenant } from '@rowhouse/core';
import type { MigrationSet } from './migration-set.js';

/** The ids under which homes that are no tenant's own stand in the catalog. */
const ROWS_HOME_ID = '00000000-0000-0000-0000-000000000000';
const SHARED_HOME_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** What is migrated as one: a tenant's schema or database, or the tables that all row tenants share. */
export interface Home {
  /** The tenant's id, or one that stands for the tables of row tenants, or for the shared ones. */
  readonly id: string;
  /** For people: the tenant's slug, `(rows)` or `(shared)`. */
  readonly label: string;
  readonly kind: Tenant['isolation'] | 'shared';
  /** Whose pin leads there. For homes that are no tenant's own, a stand-in. */
  readonly tenant: Tenant;
}

/** What stands for a tenant where there is none. */
export function standIn(fields: Partial<Tenant> & Pick<Tenant, 'id' | 'isolation'>): Tenant {
  const at = new Date(0);
  return Object.freeze({
    slug: parseTenantSlug('rowhouse'),
    name: 'Rowhouse',
    status: 'active',
    schema: '' as SchemaName,
    placement: 'default',
    plan: 'free',
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
  tenant: standIn({ id: ROWS_HOME_ID, isolation: 'row' }),
};

/** The shared tables of the main database, which have migrations of their own. */
export const SHARED_HOME: Home = {
  id: SHARED_HOME_ID,
  label: '(shared)',
  kind: 'shared',
  tenant: standIn({ id: SHARED_HOME_ID, isolation: 'row' }),
};

/** The home of a tenant; that of row tenants is the same for all of them. */
export function homeOf(tenant: Tenant): Home {
  if (tenant.isolation === 'row') return ROWS_HOME;
  return { id: tenant.id, label: tenant.slug, kind: tenant.isolation, tenant };
}

/** What a home should have had. A database holds shared tables of its own. */
export function migrationsOf(kind: Home['kind'], { tenant, shared }: MigrationSet): readonly string[] {
  const of = { schema: [tenant], row: [tenant], database: [shared, tenant], shared: [shared] }[kind];
  return of.flat().map(({ name }) => name);
}
