import { messageOf, type ScriptStatement, type SqlReader } from '@rowhouse/core/internal';
import type { DataSourceRegistry } from '@rowhouse/typeorm';
import { HistoryTables } from '../homes/history-tables.js';
import type { Migration } from '../homes/migration-set.js';
import {
  isSameScript,
  type RecordedHome,
  type RecordedMigration,
  record,
  recordWork,
  run,
} from './migration-recorder.js';
import { inScratchHome, type ScratchHome } from './scratch-home.js';

/** The recorded statements of a change. */
export interface RecordedChange {
  /** Creates TypeORM's own tables: for migrations, and for metadata if the entities need it. */
  readonly prelude: readonly ScriptStatement[];
  readonly migrations: readonly RecordedMigration[];
}

export interface ChangeRequest {
  /** The history of the homes. */
  readonly base: readonly Migration[];
  readonly direction: 'up' | 'down';
  /** The migrations to run or to revert, in this order. */
  readonly migrations: readonly Migration[];
}

/**
 * Runs migrations in scratch homes and records their statements. No tenant's home is changed. It runs twice, in two scratch
 * homes, to find migrations that do not do the same each time.
 */
export async function recordChange(
  registry: DataSourceRegistry,
  reader: SqlReader,
  request: ChangeRequest,
): Promise<RecordedChange> {
  const recordOnce = () => inScratchHome(registry, (scratch) => recordIn(scratch, reader, request));
  return compareRecordings(await recordOnce(), await recordOnce());
}

/**
 * Compares two recordings of a change. A migration whose statements differ depends on time, randomness or the home, so it
 * is marked as data dependent.
 */
export function compareRecordings(first: RecordedChange, second: RecordedChange): RecordedChange {
  return {
    prelude: first.prelude,
    migrations: first.migrations.map((one, index) => {
      const again = second.migrations[index];
      if (one.dataDependence || (again && !again.dataDependence && isSameScript(one.script, again.script)))
        return one;
      return {
        ...one,
        dataDependence: again?.dataDependence ?? 'its statements are not the same each time',
      };
    }),
  };
}

async function recordIn(
  { runner, dataSource, tenant }: ScratchHome,
  reader: SqlReader,
  { base, direction, migrations }: ChangeRequest,
): Promise<RecordedChange> {
  const { metadataTableName: metadataTable } = dataSource;
  const home: RecordedHome = { reader, kind: 'schema', schema: tenant.schema, metadataTable, isNew: true };
  const tables = new HistoryTables(dataSource, tenant.schema);
  const prelude = await recordWork(runner, home, () => tables.makeForTypeOrm(runner));
  // The shared tables exist already, outside the scratch home.
  for (const migration of base.filter(({ isShared }) => !isShared)) await run(runner, migration, 'up', home);

  const recorded: RecordedMigration[] = [];
  let dataDependence: string | undefined;
  for (const migration of migrations) {
    try {
      // After a failure PostgreSQL refuses all further statements of the transaction.
      if (dataDependence === undefined)
        recorded.push(
          await record(runner, migration, direction, {
            ...home,
            kind: migration.isShared ? 'shared' : 'schema',
          }),
        );
    } catch (error) {
      dataDependence = `it failed in an empty home: ${messageOf(error)}`;
    }
    if (dataDependence !== undefined) recorded.push({ migration, script: [], dataDependence });
  }
  return { prelude, migrations: recorded };
}
