import { type Tenant } from '@rowhouse/core';
import type { DataSourceRegistry } from '@rowhouse/typeorm';
import type { DataSource } from 'typeorm';
import { MigrationConflictError } from '../../errors.js';
import type { PurgeTask } from './purge-control.js';
import { describeKeepers, silentKeepers } from './row-keepers.js';
import { keptRowsError } from './row-trial.js';
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
  const owner = await registry.directFor(tenant, { mayBeMissing: true });
  const tables = await rowTables(own);
  if (task.isCounting)
    for (const { name } of tables) await task.counted(name, await countOf(own, name), 'atLeast');
  let done = 0;
  for (const step of deletionOrder(tables)) {
    const before = done;
    for (;;) {
      task.throwIfAborted();
      const deleted = await (step.isCycle
        ? deleteTogether(own, step.tables)
        : deleteSome(own, step.tables, task.batches.rows)
      ).catch((error) => refuseKept(owner, step.tables, error));
      done += deleted;
      task.report('rows', done);
      if (step.isCycle || deleted === 0) break;
    }
    const [table] = step.tables;
    if (table && !step.isCycle) await task.counted(table, done - before, 'atLeast');
  }
  await refuseRemains(
    { own, owner },
    tables.map(({ name }) => name),
  );
}

async function countOf(own: DataSource, table: string): Promise<number> {
  const [row]: { count: number }[] = await own.query(`select count(*)::float8 as count from ${table}`);
  return row?.count ?? 0;
}

/**
 * In a partitioned table `ctid` is not unique. Other rows with the same `ctid` belong to the tenant too, so deleting them is right.
 * Without RETURNING, which tables with rules may not have.
 *
 * @returns how many rows were deleted.
 */
async function deleteSome(own: DataSource, [table]: readonly string[], most: number): Promise<number> {
  const [, deleted]: [unknown, number] = await own.query(
    `delete from ${table} where ctid = any (array(select ctid from ${table} limit $1))`,
    [most],
  );
  return deleted;
}

/** PostgreSQL checks foreign keys at the end of a statement, so one statement can delete from tables that refer to each other. */
async function deleteTogether(own: DataSource, tables: readonly string[]): Promise<number> {
  const counts = tables.map((table) => `(select count(*) from ${table})`);
  const [found]: { count: number }[] = await own.query(`select (${counts.join(' + ')})::int as count`);
  const [last, ...others] = tables.map((table) => `delete from ${table}`);
  const parts = others.map((text, place) => `gone_${place} as (${text})`);
  await own.query(parts.length === 0 ? (last ?? '') : `with ${parts.join(', ')} ${last}`);
  return found?.count ?? 0;
}

/** @throws {MigrationConflictError} naming what kept the rows. */
async function refuseKept(owner: DataSource, tables: readonly string[], error: unknown): Promise<never> {
  for (const table of tables) {
    const known = await keptRowsError(owner, table, error, 'The purge is not finished');
    if (known) throw known;
  }
  throw error;
}

async function refuseRemains(
  { own, owner }: { readonly own: DataSource; readonly owner: DataSource },
  tables: readonly string[],
): Promise<void> {
  const remains: string[] = [];
  for (const table of tables) {
    const [row]: { some: boolean }[] = await own.query(`select exists (select from ${table}) as some`);
    if (row?.some) remains.push(table);
  }
  if (remains.length === 0) return;
  const keepers = (await Promise.all(remains.map((table) => silentKeepers(owner, table)))).flat();
  if (keepers.length > 0)
    throw new MigrationConflictError(
      `The purge is not finished: rows of this tenant are left in ${remains.join(', ')}: they were inserted meanwhile, or kept by ` +
        describeKeepers(keepers),
    );
  throw new MigrationConflictError(
    `Rows of this tenant were inserted during the purge, in ${remains.join(', ')}. Stop what writes them, then purge it again.`,
  );
}
