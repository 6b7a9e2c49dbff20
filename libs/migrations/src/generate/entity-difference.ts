import type { MigrationStatement } from '@rowhouse/typeorm/internal';
import type { DataSource, EntityMetadata, QueryRunner } from 'typeorm';
import { withoutConcurrently } from '../recording/migration-recorder.js';
import { SettledComparison } from './settled-comparison.js';
import type { Step } from './table-change.js';

/**
 * The statements that change a database to match the entities, and those that revert this. They run in a transaction, so
 * indexes are made without CONCURRENTLY.
 */
export interface EntityDifference {
  readonly up: readonly MigrationStatement[];
  readonly down: readonly MigrationStatement[];
}

type Driver = DataSource['driver'];

/**
 * What TypeORM's schema builder would change in the data source's database to match the entities.
 *
 * @param dataSource - its query runners are in a transaction, which is as before afterwards.
 * @param of - which entities: those of the tenants' own tables, or those whose decorator names a schema.
 */
export async function entityDifference(
  dataSource: DataSource,
  of: 'tenant' | 'shared',
): Promise<EntityDifference> {
  const wanted = dataSource.entityMetadatas.filter(
    (metadata) => namesSchema(dataSource, metadata) === (of === 'shared'),
  );
  const runner = dataSource.createQueryRunner();
  const comparison = await SettledComparison.make(dataSource, runner, wanted);
  const view = viewFor(dataSource, wanted, comparison, comparison.runner(runner));
  const { upQueries, downQueries } = await view.driver.createSchemaBuilder().log();
  const ofTypeOrm: EntityDifference = {
    up: upQueries.map(asStatement),
    // TypeORM lists each down statement beside its up statement, and reverts them in reverse order.
    down: downQueries.map(asStatement).reverse(),
  };
  const steps = [
    ...comparison.changes.map(({ before }) => asDifference(before)),
    ofTypeOrm,
    ...comparison.changes.map(({ after }) => asDifference(after)),
  ];
  return { up: steps.flatMap(({ up }) => up), down: steps.toReversed().flatMap(({ down }) => down) };
}

function asDifference({ up, down }: Step): EntityDifference {
  return { up: up.map((text) => ({ text })), down: down.map((text) => ({ text })) };
}

/** A data source whose schema builder sees these entities, and no differences but those of the comparison. */
function viewFor(
  dataSource: DataSource,
  entityMetadatas: readonly EntityMetadata[],
  comparison: SettledComparison,
  runner: QueryRunner,
): DataSource {
  const { driver } = dataSource;
  const back = 'dataSource' in driver ? 'dataSource' : 'connection';
  const findChangedColumns: Driver['findChangedColumns'] = (columns, metadatas) =>
    driver
      .findChangedColumns(columns, metadatas)
      .filter((metadata) => comparison.isChanged(metadata, columns));
  // The schema builder reads `entityMetadatas`; the rest of TypeORM uses its map by class, which stays complete.
  const view: DataSource = Object.create(dataSource, {
    entityMetadatas: { value: entityMetadatas },
    createQueryRunner: { value: () => runner },
  });
  Object.defineProperty(view, 'driver', {
    value: Object.create(driver, {
      [back]: { value: view },
      findChangedColumns: { value: findChangedColumns },
    }),
  });
  return view;
}

/** Whether the decorator of the entity names a schema: such a table exists once, for all tenants. */
function namesSchema({ options }: DataSource, { schema }: EntityMetadata): boolean {
  return schema !== undefined && schema !== (options as { schema?: string }).schema;
}

function asStatement({ query, parameters }: { query: string; parameters?: unknown[] }): MigrationStatement {
  return { text: withoutConcurrently(query), values: parameters };
}
