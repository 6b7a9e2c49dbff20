import type { Tenant } from '@rowhouse/core';
import type { DataSourceRegistry } from '@rowhouse/typeorm';
import { type PurgeBatches, type PurgeControl, PurgeCourse } from './purge-control.js';
import { purgeRows } from './purge-rows.js';
import { purgeSchema } from './purge-schema.js';

const BATCHES: PurgeBatches = { tables: 20, rows: 5_000 };

/**
 * Removes everything that a tenant has, for good: its schema, database or rows, and its role. The tenant's entry in the
 * catalog stays. May be repeated, and goes on where an earlier purge was interrupted, however it ended.
 *
 * Nothing of the application may be at work for the tenant any more: its status says so (`deleting`).
 *
 * @throws {MigrationConflictError} when rows of the tenant came while its rows were deleted.
 */
export async function purgeHome(
  registry: DataSourceRegistry,
  tenant: Tenant,
  control: PurgeControl = {},
  batches: PurgeBatches = BATCHES,
): Promise<void> {
  const course = new PurgeCourse(control, batches);
  course.throwIfAborted();
  if (tenant.isolation === 'row') await purgeRows(registry, tenant, course);
  if (tenant.isolation === 'schema') await purgeSchema(registry, tenant, course);
  course.throwIfAborted();
  await registry.homes.remove(tenant);
  course.report('home', 1);
}
