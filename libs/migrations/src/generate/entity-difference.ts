import type { MigrationStatement } from '@rowhouse/typeorm/internal';
import type { DataSource, EntityMetadata } from 'typeorm';

/** What takes a database to the entities, and back. */
export interface EntityDifference {
  readonly up: readonly MigrationStatement[];
  readonly down: readonly MigrationStatement[];
}

/**
 * What TypeORM would change in the home of the data source for its entities.
 *
 * @param of - which entities: those of the tenants' own tables, or those whose decorator names a schema.
 */
export async function entityDifference(
  dataSource: DataSource,
  of: 'tenant' | 'shared',
): Promise<EntityDifference> {
  const wanted = dataSource.entityMetadatas.filter(
    (metadata) => namesSchema(dataSource, metadata) === (of === 'shared'),
  );
  // The schema builder compares what it finds here; all else of TypeORM looks into the map by class.
  const view: DataSource = Object.create(dataSource, { entityMetadatas: { value: wanted } });
  const back = 'dataSource' in dataSource.driver ? 'dataSource' : 'connection';
  const driver: DataSource['driver'] = Object.create(dataSource.driver, { [back]: { value: view } });
  const { upQueries, downQueries } = await driver.createSchemaBuilder().log();
  return {
    up: upQueries.map(asStatement),
    // TypeORM writes each next to its counterpart, and takes them back from the last to the first.
    down: downQueries.map(asStatement).reverse(),
  };
}

/** Tables of such entities are there once, for all tenants. */
function namesSchema({ options }: DataSource, { schema }: EntityMetadata): boolean {
  return schema !== undefined && schema !== (options as { schema?: string }).schema;
}

function asStatement({ query, parameters }: { query: string; parameters?: unknown[] }): MigrationStatement {
  return { text: query, values: parameters };
}
