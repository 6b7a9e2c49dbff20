import { createHash } from 'node:crypto';
import { parseTenantSlug, type SchemaName, type Tenant } from '@rowhouse/core';
import { announceChange, DEFAULT_PLACEMENT, type ScriptStatement } from '@rowhouse/core/internal';
import type { MigrationSet } from './migration-set.js';

/** The catalog's ids for the homes of the main database that belong to no single tenant. */
const ROWS_HOME_ID = '00000000-0000-0000-0000-000000000000';
const SHARED_HOME_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** Begins what the ids of such homes on other placements are the hash of. */
const ROWS_ON = 'rowhouse rows on ';
const SHARED_ON = 'rowhouse shared tables on ';

/** SQL: the id of the home of the tenant `t`. */
export const HOME_ID_OF_TENANT = `case when t.isolation <> 'row' then t.id
  when t.placement = '${DEFAULT_PLACEMENT}' then '${ROWS_HOME_ID}' else ${hashedId(ROWS_ON)} end`;

/** SQL: the id of the home with the shared tables that the tenant `t` of a placement other than `default` reads. */
export const SHARED_HOME_ID_ON_PLACEMENT = hashedId(SHARED_ON);

/** The unit of migration: a tenant's schema or database, the tables that row tenants share, or the shared tables. */
export interface Home {
  /** The tenant's id, or one of the placement for the tables of row tenants and for the shared tables. */
  readonly id: string;
  /** The name to display: the tenant's slug, `(rows)` or `(shared)`, with the placement where it is not `default`. */
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
    placement: DEFAULT_PLACEMENT,
    plan: 'free',
    overrides: {},
    metadata: {},
    createdAt: at,
    updatedAt: at,
    ...fields,
  } satisfies Tenant);
}

/** The schema that tenants with isolation `row` share on a placement. */
export function rowsHomeOn(placement: string): Home {
  const id = placement === DEFAULT_PLACEMENT ? ROWS_HOME_ID : idFrom(`${ROWS_ON}${placement}`);
  return commonHome({ id, label: '(rows)', kind: 'row' }, placement);
}

/** The shared tables of the main database, or of that of a placement. They have their own migrations. */
export function sharedHomeOn(placement: string): Home {
  const id = placement === DEFAULT_PLACEMENT ? SHARED_HOME_ID : idFrom(`${SHARED_ON}${placement}`);
  return commonHome({ id, label: '(shared)', kind: 'shared' }, placement);
}

/** The schema that tenants with isolation `row` share in the main database. */
export const ROWS_HOME = rowsHomeOn(DEFAULT_PLACEMENT);

/** The shared tables of the main database. */
export const SHARED_HOME = sharedHomeOn(DEFAULT_PLACEMENT);

function commonHome({ id, label, kind }: Pick<Home, 'id' | 'label' | 'kind'>, placement: string): Home {
  const tenant = placeholderTenant({ id, isolation: 'row', placement });
  return { id, label: placement === DEFAULT_PLACEMENT ? label : `${label} ${placement}`, kind, tenant };
}

function idFrom(text: string): string {
  return createHash('md5')
    .update(text)
    .digest('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** SQL: as {@link idFrom}, of a text and the placement of the tenant `t`. */
function hashedId(text: string): string {
  return `pg_catalog.md5(pg_catalog.convert_to('${text}' || t.placement, 'UTF8'))::pg_catalog.uuid`;
}

/** The home of a tenant. All row tenants of a placement have the same one. */
export function homeOf(tenant: Tenant): Home {
  if (tenant.isolation === 'row') return rowsHomeOn(tenant.placement);
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
