import type { AdminPaths, AdminSchemas } from '@rowhouse/client';

export type Tenant = AdminSchemas['schemas']['Tenant'];
type Query = NonNullable<AdminPaths['/tenants']['get']['parameters']['query']>;

export const STATUSES = [
  'provisioning',
  'active',
  'suspended',
  'maintenance',
  'archived',
  'deleting',
  'deleted',
  'failed',
] as const satisfies readonly Tenant['status'][];
export const HEALTHS = ['ok', 'behind', 'failed'] as const satisfies readonly Tenant['health'][];
export const ISOLATIONS = ['schema', 'row', 'database'] as const satisfies readonly Tenant['isolation'][];
const SORTS = [
  'slug',
  'name',
  'createdAt',
  'updatedAt',
  '-slug',
  '-name',
  '-createdAt',
  '-updatedAt',
] as const;

const oneOf = <T extends string>(values: readonly T[], text: string | null) =>
  values.find((value) => value === text);

/** What a URL asks for; what the API does not know is left out. */
export function filtersIn(params: URLSearchParams) {
  return {
    search: params.get('search')?.trim() || undefined,
    status: oneOf(STATUSES, params.get('status')),
    health: oneOf(HEALTHS, params.get('health')),
    isolation: oneOf(ISOLATIONS, params.get('isolation')),
    plan: params.get('plan') || undefined,
    version: params.get('version') ?? undefined,
    lacks: params.get('lacks') || undefined,
    sort: oneOf(SORTS, params.get('sort')),
  } satisfies Query;
}
