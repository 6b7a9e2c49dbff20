import type { DataSource, QueryRunner, Table } from 'typeorm';

/**
 * Makes a query runner find the expressions of stored generated columns in TypeORM's metadata table, whichever database and
 * schema they were recorded for. TypeORM's own migrations write the names of the database that they were generated in. Without
 * the expression, its schema comparison makes the column anew each time.
 */
export function findGeneratedExpressions(
  queryRunner: QueryRunner,
  dataSource: () => DataSource,
): QueryRunner {
  const getTables = queryRunner.getTables.bind(queryRunner);
  queryRunner.getTables = async (names) => {
    const tables = await getTables(names);
    for (const table of tables) await addExpressions(table, queryRunner, dataSource());
    return tables;
  };
  return queryRunner;
}

async function addExpressions(
  table: Table,
  queryRunner: QueryRunner,
  { driver, metadataTableName }: DataSource,
): Promise<void> {
  const columns = table.columns.filter(({ generatedType, asExpression }) => generatedType && !asExpression);
  if (columns.length === 0) return;
  const rows: { name: string; value: string }[] = await queryRunner.query(
    `select name, value from ${driver.escape(metadataTableName)} where type = 'GENERATED_COLUMN' and "table" = $1`,
    [driver.parseTableName(table).tableName],
  );
  for (const column of columns) {
    const expression = rows.find(({ name }) => name === column.name)?.value;
    if (expression !== undefined) column.asExpression = expression;
  }
}
