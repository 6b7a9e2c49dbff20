import type { Tenant } from '@rowhouse/core';
import type { DataSourceRegistry } from '@rowhouse/typeorm';
import { countDatabase } from './count-tables.js';
import { type PurgeBatches, type PurgeControl, PurgeTask } from './purge-control.js';
import { purgeJournal } from './purge-journal.js';
import { refuseObstacles } from './purge-obstacles.js';
import { purgeRows } from './purge-rows.js';
import { frozenSchemaError, purgeSchema } from './purge-schema.js';

const BATCHES: PurgeBatches = { tables: 20, rows: 5_000 };

/**
 * Removes all data of a tenant: its schema, database or rows, and its role. This cannot be undone. The tenant's row in the
 * catalog stays. It can be repeated: it continues where an earlier purge was interrupted.
 *
 * The application must not use the tenant any more; set its status to `deleting` first.
 *
 * @throws {MigrationConflictError} when objects or rows outside of the home refer to it, or triggers, rules or publications keep it,
 *   and nothing was removed; when rows were inserted for the tenant during the purge.
 */
export async function purgeHome(
  registry: DataSourceRegistry,
  tenant: Tenant,
  control: PurgeControl = {},
  batches: PurgeBatches = BATCHES,
): Promise<void> {
  const task = new PurgeTask(control, batches);
  task.throwIfAborted();
  await refuseObstacles(registry, tenant);
  if (tenant.isolation === 'row') await purgeRows(registry, tenant, task);
  try {
    if (tenant.isolation === 'schema') await purgeSchema(registry, tenant, task);
    task.throwIfAborted();
    if (task.isCounting && tenant.isolation === 'database') await countDatabase(registry, tenant, task);
    await registry.removeHome(tenant);
  } catch (error) {
    const owner = await registry.directFor(tenant, { mayBeMissing: true });
    throw (await frozenSchemaError(owner, error, 'The purge is not finished')) ?? error;
  }
  await purgeJournal(registry, tenant);
  task.report('home', 1);
}
