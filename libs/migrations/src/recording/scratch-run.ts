import type { SqlReader } from '@rowhouse/core/internal';
import type { QueryRunner } from 'typeorm';
import { HistoryTables } from '../homes/history-tables.js';
import type { Home } from '../homes/home.js';
import type { Migration } from '../homes/migration-set.js';
import { run } from './migration-recorder.js';
import type { ScratchHome } from './scratch-home.js';

export interface ScratchRun {
  readonly reader: SqlReader;
  readonly kind: Home['kind'];
  /** Of the home. */
  readonly schema: string;
  readonly migrations: readonly Migration[];
}

/** Gives a scratch home what a home with these migrations has, the table of migrations included. */
export async function migrateScratchHome(
  { runner, dataSource, tenant }: ScratchHome,
  reader: SqlReader,
  migrations: readonly Migration[],
): Promise<void> {
  const tables = new HistoryTables(dataSource, tenant.schema);
  await tables.makeForTypeOrm(runner);
  await runUpInTransaction(runner, { reader, kind: 'schema', schema: tenant.schema, migrations });
}

/**
 * Runs migrations by their classes in the transaction of the runner, also those that run alone: on tables that nobody else
 * uses, `CREATE INDEX` gives what `CREATE INDEX CONCURRENTLY` does.
 *
 * @throws {MigrationRefusedError} for one that would end the transaction or leave the home.
 */
export async function runUpInTransaction(
  runner: QueryRunner,
  { migrations, ...home }: ScratchRun,
): Promise<void> {
  for (const migration of migrations) await run(runner, migration, 'up', { ...home, isNew: true });
}
