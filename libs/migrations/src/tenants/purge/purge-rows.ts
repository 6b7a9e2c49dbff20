import { type Tenant } from '@rowhouse/core';
import type { DataSourceRegistry } from '@rowhouse/typeorm';
import type { DataSource } from 'typeorm';
import { MigrationConflictError } from '../../errors.js';
import type { PurgeTask } from './purge-control.js';
import { deletionOrder, rowTables } from './tenant-row-tables.js';

/**
 * Deletes a tenant's rows from all tables that it shares with other tenants. It acts as the tenant, so that row-level
 * security protects the rows of the others.
 *
 * @throws {MigrationConflictError} when rows were inserted for the tenant meanwhile.
 */
export async function purgeRows(
  registry: DataSourceRegistry,
  tenant: Tenant,
  task: PurgeTask,
): Promise<void> {
  const own = registry.for(tenant);
  const tables = await rowTables(own);
  let done = 0;
  for (const step of deletionOrder(tables)) {
    for (;;) {
      task.throwIfAborted();
      const deleted = step.isCycle
        ? await countOf(own, deleteTogether(step.tables))
        : await countOf(own, deleteSome(step.tables), [task.batches.rows]);
      done += deleted;
      task.report('rows', done);
      if (step.isCycle || deleted === 0) break;
    }
  }
  await refuseRemains(
    own,
    tables.map(({ name }) => name),
  );
}

/** In a partitioned table `ctid` is not unique. Other rows with the same `ctid` belong to the tenant too, so deleting them is right. */
function deleteSome([table]: readonly string[]): string {
  return `with gone as (delete from ${table} where ctid = any (array(select ctid from ${table} limit $1)) returning 1)
    select count(*)::int as count from gone`;
}

/** PostgreSQL checks foreign keys at the end of a statement, so one statement can delete from tables that refer to each other. */
function deleteTogether(tables: readonly string[]): string {
  const parts = tables.map((table, place) => `gone_${place} as (delete from ${table} returning 1)`);
  const counts = tables.map((_, place) => `(select count(*) from gone_${place})`);
  return `with ${parts.join(', ')} select (${counts.join(' + ')})::int as count`;
}

async function countOf(dataSource: DataSource, text: string, values: number[] = []): Promise<number> {
  const [row]: { count: number }[] = await dataSource.query(text, values);
  return row?.count ?? 0;
}

async function refuseRemains(own: DataSource, tables: readonly string[]): Promise<void> {
  const remains: string[] = [];
  for (const table of tables) {
    const [row]: { some: boolean }[] = await own.query(`select exists (select from ${table}) as some`);
    if (row?.some) remains.push(table);
  }
  if (remains.length === 0) return;
  throw new MigrationConflictError(
    `Rows of this tenant were inserted during the purge, in ${remains.join(', ')}. Stop what writes them, then purge it again.`,
  );
}
