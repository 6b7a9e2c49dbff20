import type { DataSource, QueryRunner, Table } from 'typeorm';
import { TENANT_KEY } from './row-security.js';
import { TENANT_COLUMN } from './tenant-column.js';
import { tenantTables } from './tenant-tables.js';

/**
 * Makes a query runner leave out of its tables what row security adds and entities cannot declare: the key to
 * `rowhouse.tenants`, and `tenant_id` in join tables. TypeORM's schema comparison would drop them.
 */
export function ignoreRowSecurity(queryRunner: QueryRunner, dataSource: () => DataSource): QueryRunner {
  const { getTables } = queryRunner;
  // The schema builder's view of the database; TypeORM 0.3 then uses the same objects from `loadedTables`.
  queryRunner.getTables = async (names) => {
    const tables = await getTables.call(queryRunner, names);
    leaveOutRowSecurity(tables, dataSource());
    return tables;
  };
  return queryRunner;
}

function leaveOutRowSecurity(tables: readonly Table[], dataSource: DataSource): void {
  const joinTables = tenantTables(dataSource).filter(({ isJoinTable }) => isJoinTable);
  for (const table of tables) {
    table.foreignKeys = table.foreignKeys.filter(({ name }) => name !== TENANT_KEY);
    const { tableName, schema } = dataSource.driver.parseTableName(table);
    const isJoinTable = joinTables.some(
      (join) => join.name === tableName && (join.schema === undefined || join.schema === schema),
    );
    if (!isJoinTable) continue;
    table.columns = table.columns.filter(({ name }) => name !== TENANT_COLUMN);
    table.indices = table.indices.filter(({ columnNames }) => !columnNames.includes(TENANT_COLUMN));
  }
}
