import type { SqlReader } from '@rowhouse/core';
import type { QueryRunner } from 'typeorm';
import { HistoryTables } from './history-tables.js';
import type { Home } from './home.js';
import { withoutConcurrently } from './migration-recorder.js';
import type { Migration } from './migration-set.js';
import { watch } from './migration-watch.js';
import type { ScratchHome } from './scratch-home.js';

export interface ScratchRun {
  readonly reader: SqlReader;
  readonly kind: Home['kind'];
  /** Of the home. */
  readonly schema: string;
  readonly migrations: readonly Migration[];
}

/** Gives a scratch home what a home with these migrations has, the table of migrations included. */
export async function furnishScratch(
  { runner, dataSource, tenant }: ScratchHome,
  reader: SqlReader,
  migrations: readonly Migration[],
): Promise<void> {
  const tables = new HistoryTables(dataSource, tenant.schema);
  await tables.make(runner, { isShared: false });
  await tables.makeMetadata(runner);
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
  { reader, kind, schema, migrations }: ScratchRun,
): Promise<void> {
  const end = watch(runner, { reader, kind, schema, runsAlone: false });
  const watched = runner.query;
  try {
    for (const { instance, runsAlone } of migrations) {
      runner.query = runsAlone ? withoutConcurrently(runner) : watched;
      await instance.up(runner);
      runner.query = watched;
    }
  } finally {
    end();
  }
}
