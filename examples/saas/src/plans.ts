import type { Plans, TenantIsolation } from '@rowhouse/nestjs';

const MIB = 2 ** 20;

/** What a workspace may have. */
export const plans = {
  free: { quotas: { members: 3, fileBytes: 10 * MIB }, rates: { requests: '600/minute' } },
  business: { quotas: { members: 100, fileBytes: 10_000 * MIB }, rates: { requests: '6000/minute' } },
  enterprise: { quotas: { members: 'unlimited', fileBytes: 'unlimited' }, rates: { requests: 'unlimited' } },
} satisfies Plans;

/** How a new workspace is kept apart: by row-level security, in a schema, or in a database of its own. */
export const isolationOf: Readonly<Record<keyof typeof plans, TenantIsolation>> = {
  free: 'row',
  business: 'schema',
  enterprise: 'database',
};
