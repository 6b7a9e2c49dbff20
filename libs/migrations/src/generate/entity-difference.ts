import type { MigrationStatement } from '@rowhouse/typeorm/internal';
import type { DataSource, EntityMetadata } from 'typeorm';

/** The statements that change a database to match the entities, and those that revert this. */
export interface EntityDifference {
  readonly up: readonly MigrationStatement[];
  readonly down: readonly MigrationStatement[];
}

/**
 * What TypeORM's schema builder would change in the data source's database to match the entities.
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
  // The schema builder reads `entityMetadatas`; the rest of TypeORM uses its map by class, which stays complete.
  const view: DataSource = Object.create(dataSource, { entityMetadatas: { value: wanted } });
  const back = 'dataSource' in dataSource.driver ? 'dataSource' : 'connection';
  const driver: DataSource['driver'] = Object.create(dataSource.driver, { [back]: { value: view } });
  const { upQueries, downQueries } = await driver.createSchemaBuilder().log();
  return {
    up: upQueries.map(asStatement),
    // TypeORM lists each down statement beside its up statement, and reverts them in reverse order.
    down: downQueries.map(asStatement).reverse(),
  };
}

/** Whether the decorator of the entity names a schema: such a table exists once, for all tenants. */
function namesSchema({ options }: DataSource, { schema }: EntityMetadata): boolean {
  return schema !== undefined && schema !== (options as { schema?: string }).schema;
}

function asStatement({ query, parameters }: { query: string; parameters?: unknown[] }): MigrationStatement {
  return { text: query, values: parameters };
}
