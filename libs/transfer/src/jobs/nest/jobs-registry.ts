import { type Catalog, OptionsInvalidError } from '@rowhouse/core';
import type { DataSourceRegistry } from '@rowhouse/typeorm';

/** Injection token of the app's `DataSourceRegistry`, where jobs are possible. */
export const JOBS_REGISTRY = Symbol('rowhouse.jobs-registry');

/** @throws {OptionsInvalidError} when the app has no registry, or no catalog. */
export function requireRegistry(
  catalog: Catalog | undefined,
  registry: DataSourceRegistry | undefined,
): DataSourceRegistry {
  if (catalog && registry) return registry;
  throw new OptionsInvalidError('TenancyJobsModule', [
    {
      field: 'typeorm',
      expected: 'expected TenancyModule with the option typeorm, whose database has the catalog',
    },
  ]);
}
