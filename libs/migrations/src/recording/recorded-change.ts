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

/** What a change of the schema is, as it was seen in homes. */
export interface RecordedChange {
  /** Makes what TypeORM keeps for itself: the table of migrations, and of metadata where the entities need one. */
  readonly prelude: readonly ScriptStatement[];
  readonly migrations: readonly RecordedMigration[];
}

export interface ChangeRequest {
  /** What the homes have had. */
  readonly base: readonly Migration[];
  readonly direction: 'up' | 'down';
  /** What shall be run, in this order. */
  readonly migrations: readonly Migration[];
}

/**
 * Runs migrations in scratch homes and records their statements, without any home being changed. It is done twice, in two
 * homes, to see what is the same in both.
 */
export async function recordChange(
  registry: DataSourceRegistry,
  reader: SqlReader,
  request: ChangeRequest,
): Promise<RecordedChange> {
  const once = () => inScratchHome(registry, (scratch) => recordIn(scratch, reader, request));
  return compared(await once(), await once());
}

/**
 * What was done in two homes that had had the same. What differs depends on the clock, on chance or on the home, and is tied
 * to the class.
 */
export function compared(first: RecordedChange, second: RecordedChange): RecordedChange {
  return {
    prelude: first.prelude,
    migrations: first.migrations.map((one, index) => {
      const again = second.migrations[index];
      if (one.dataDependence || (again && !again.dataDependence && isSameScript(one.script, again.script)))
        return one;
      return {
        ...one,
        dataDependence: again?.dataDependence ?? 'it does not do the same in each home or at each time',
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
  // The shared tables are there already, beside the scratch home.
  for (const migration of base.filter(({ isShared }) => !isShared)) await run(runner, migration, 'up', home);

  const recorded: RecordedMigration[] = [];
  let dataDependence: string | undefined;
  for (const migration of migrations) {
    try {
      // After a failure PostgreSQL takes no further statements in the transaction.
      if (dataDependence === undefined)
        recorded.push(
          await record(runner, migration, direction, {
            ...home,
            kind: migration.isShared ? 'shared' : 'schema',
          }),
        );
    } catch (error) {
      dataDependence = `in an empty home it failed: ${messageOf(error)}`;
    }
    if (dataDependence !== undefined) recorded.push({ migration, script: [], dataDependence });
  }
  return { prelude, migrations: recorded };
}
