import { messageOf, type StatementReader } from '@rowhouse/core/internal';
import type { DataSourceRegistry } from '@rowhouse/typeorm';
import type { FleetDeployment } from '../fleet/fleet-deployment.js';
import { type Change, keyOf } from '../homes/history.js';
import { HistoryTables } from '../homes/history-tables.js';
import type { Migration } from '../homes/migration-set.js';
import { type RecordedHome, type RecordedMigration, record, recordWork, run } from './migration-recorder.js';
import { inScratchHome, type ScratchHome } from './scratch-home.js';
import { compareRecordings, type RecordedChange } from './script-samples.js';

export interface ChangeRequest {
  /** The history of the homes. */
  readonly base: readonly Migration[];
  readonly direction: 'up' | 'down';
  /** The migrations to run or to revert, in this order. */
  readonly migrations: readonly Migration[];
}

/** Records changes in scratch homes, and caches the recordings. */
export class ChangeRecorder {
  readonly #deployment: FleetDeployment;
  /** By {@link keyOf}. Few: one for each distinct history of the homes. */
  readonly #changes = new Map<string, Promise<RecordedChange>>();

  constructor(deployment: FleetDeployment) {
    this.#deployment = deployment;
  }

  /** @throws {MigrationConflictError} when the release does not have one of the migrations. */
  recordingOf(change: Change): Promise<RecordedChange> {
    const key = keyOf(change);
    let recorded = this.#changes.get(key);
    if (!recorded) {
      recorded = this.#record(change);
      this.#changes.set(key, recorded);
      recorded.catch(() => this.#changes.delete(key));
    }
    return recorded;
  }

  async #record({ base, direction, names }: Change): Promise<RecordedChange> {
    const { registry, set } = this.#deployment;
    return recordChange(registry, await this.#deployment.reader(), {
      base: set.named(base),
      direction,
      migrations: set.named(names),
    });
  }
}

/**
 * Runs migrations in scratch homes and records their statements. No tenant's home is changed. It runs twice, in two scratch
 * homes, to find migrations that do not do the same each time.
 */
export async function recordChange(
  registry: DataSourceRegistry,
  reader: StatementReader,
  request: ChangeRequest,
): Promise<RecordedChange> {
  const recordOnce = () => inScratchHome(registry, (scratch) => recordIn(scratch, reader, request));
  return compareRecordings(await recordOnce(), await recordOnce());
}

async function recordIn(
  { runner, dataSource, tenant, hasCitus }: ScratchHome,
  reader: StatementReader,
  { base, direction, migrations }: ChangeRequest,
): Promise<RecordedChange> {
  const { metadataTableName: metadataTable } = dataSource;
  const home: RecordedHome = {
    ...{ reader, kind: 'schema', schema: tenant.schema, metadataTable, isNew: true, hasCitus },
  };
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
