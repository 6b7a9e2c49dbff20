import type { StatementReader } from '@rowhouse/core/internal';
import type { QueryRunner } from 'typeorm';
import { MigrationFailedError, MigrationRefusedError } from '../errors.js';
import { HistoryTables } from '../homes/history-tables.js';
import type { Home } from '../homes/home.js';
import type { Migration } from '../homes/migration-set.js';
import { run } from './migration-recorder.js';
import type { ScratchHome } from './scratch-home.js';

export interface ScratchRun {
  readonly reader: StatementReader;
  readonly kind: Home['kind'];
  /** The schema of the home. */
  readonly schema: string;
  readonly migrations: readonly Migration[];
  /** Default: false. */
  readonly hasCitus?: boolean;
}

/** Migrates a scratch home, so that it equals a home with these migrations, including the migrations table. */
export async function migrateScratchHome(
  { runner, dataSource, tenant, hasCitus }: ScratchHome,
  reader: StatementReader,
  migrations: readonly Migration[],
): Promise<void> {
  const tables = new HistoryTables(dataSource, tenant.schema);
  await tables.makeForTypeOrm(runner);
  await runUpInTransaction(runner, {
    ...{ reader, kind: 'schema', schema: tenant.schema, migrations, hasCitus },
  });
}

/**
 * Runs migration classes in the transaction of the runner, including those with `transaction = false`: on tables that nobody
 * else uses, `CREATE INDEX` has the same result as `CREATE INDEX CONCURRENTLY`.
 *
 * @throws {MigrationRefusedError} when a migration would end the transaction or change something outside the home.
 * @throws {MigrationFailedError} when a migration fails.
 */
export async function runUpInTransaction(
  runner: QueryRunner,
  { migrations, ...home }: ScratchRun,
): Promise<void> {
  for (const migration of migrations) {
    try {
      await run(runner, migration, 'up', { ...home, isNew: true });
    } catch (error) {
      throw error instanceof MigrationRefusedError ? error : new MigrationFailedError(migration.name, error);
    }
  }
}
