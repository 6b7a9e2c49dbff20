import { ON_COORDINATOR_ONLY } from '@rowhouse/core/internal';
import pg from 'pg';
import { type DataSource, type EntityMetadata, type QueryRunner, Table } from 'typeorm';
import { withoutSchema } from '../recording/migration-recorder.js';
import { readDefinitions, type StoredDefinitions } from './redefinitions.js';

const { escapeIdentifier: quote } = pg;

/** What PostgreSQL stores for a column. */
export interface StoredColumn {
  readonly type: string;
  /** Of the default, or of a generated column. */
  readonly expression: string | undefined;
}

/** Tables and views of one schema, as PostgreSQL stores them. Names of the schema are left out. */
export interface StoredSchema {
  /** By table, then by column. */
  readonly columns: ReadonlyMap<string, ReadonlyMap<string, StoredColumn>>;
  /** Of constraints and indexes. */
  readonly definitions: StoredDefinitions;
  /** The definitions of views, by name. */
  readonly views: ReadonlyMap<string, string>;
}

/** What entities make in an empty schema. */
export interface MadeAnew extends StoredSchema {
  /** As TypeORM reads them, by name. */
  readonly tables: ReadonlyMap<string, Table>;
}

const COLUMNS = `
  select c.relname::text as "table", a.attname::text as "column",
         pg_catalog.format_type(a.atttypid, a.atttypmod) as type, pg_catalog.pg_get_expr(d.adbin, d.adrelid) as expression
    from pg_catalog.pg_attribute a
    join pg_catalog.pg_class c on c.oid = a.attrelid and c.relkind in ('r', 'p')
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    left join pg_catalog.pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
   where n.nspname = $1 and a.attnum > 0 and not a.attisdropped`;

const VIEWS = `
  select c.relname::text as name, pg_catalog.pg_get_viewdef(c.oid) as definition
    from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
   where n.nspname = $1 and c.relkind in ('v', 'm')`;

/** Reads what PostgreSQL stores of the tables and views in a schema. @param unnamed - schemas whose names are left out. */
export async function readStored(
  runner: QueryRunner,
  schema: string,
  unnamed: readonly string[] = [schema],
): Promise<StoredSchema> {
  const neutral = (text: string) => unnamed.reduce(withoutSchema, text);
  const rows: { table: string; column: string; type: string; expression: string | null }[] =
    await runner.query(COLUMNS, [schema]);
  const columns = new Map<string, Map<string, StoredColumn>>();
  for (const { table, column, type, expression } of rows) {
    const ofTable = columns.get(table) ?? new Map<string, StoredColumn>();
    columns.set(table, ofTable);
    ofTable.set(column, {
      type: neutral(type),
      expression: expression === null ? undefined : neutral(expression),
    });
  }
  const views: { name: string; definition: string }[] = await runner.query(VIEWS, [schema]);
  const definitions = await readDefinitions(runner, schema, unnamed);
  return {
    columns,
    definitions,
    views: new Map(views.map(({ name, definition }) => [name, neutral(definition)])),
  };
}

/**
 * Makes the tables and views of entities in an empty schema, reads them, and rolls back. Names in their defaults, types and
 * queries lead to the new objects first, then to where they lead now. What PostgreSQL refuses to make is left out.
 *
 * @param metadatas - entities of one schema.
 */
export async function makeAnew(
  dataSource: DataSource,
  runner: QueryRunner,
  metadatas: readonly EntityMetadata[],
  schema: string,
): Promise<MadeAnew> {
  const anew = `${schema.slice(0, 50)}_anew`;
  await runner.query('savepoint rowhouse_anew');
  try {
    await runner.query(
      `select pg_catalog.set_config('search_path', $1 || ', ' || pg_catalog.current_setting('search_path'), true),
              (${ON_COORDINATOR_ONLY})`,
      [quote(anew)],
    );
    await runner.query(`create schema ${quote(anew)}`);
    const names: string[] = [];
    for (const metadata of metadatas.filter((each) => !isView(each))) {
      const make = () => runner.createTable(tableOf(dataSource, metadata, anew), false, false);
      if (await mayFail(runner, make)) names.push(`${anew}.${metadata.tableName}`);
    }
    await makeViews(dataSource, runner, metadatas.filter(isView), anew);
    const tables = await runner.getTables(names);
    return {
      ...(await readStored(runner, anew, [anew, schema])),
      tables: new Map(tables.map((table) => [dataSource.driver.parseTableName(table).tableName, table])),
    };
  } finally {
    await runner.query('rollback to savepoint rowhouse_anew');
    await runner.query('release savepoint rowhouse_anew');
  }
}

/** A view may use others, so views are tried again as long as some can be made. */
async function makeViews(
  dataSource: DataSource,
  runner: QueryRunner,
  views: readonly EntityMetadata[],
  schema: string,
): Promise<void> {
  const refused: EntityMetadata[] = [];
  for (const view of views)
    if (!(await mayFail(runner, () => runner.query(createViewText(dataSource, view, schema)))))
      refused.push(view);
  if (refused.length > 0 && refused.length < views.length)
    await makeViews(dataSource, runner, refused, schema);
}

/** @returns whether the work succeeded; otherwise nothing of it is left. */
async function mayFail(runner: QueryRunner, work: () => Promise<unknown>): Promise<boolean> {
  await runner.query('savepoint rowhouse_part');
  try {
    await work();
    return true;
  } catch {
    await runner.query('rollback to savepoint rowhouse_part');
    return false;
  } finally {
    await runner.query('release savepoint rowhouse_part');
  }
}

export function isView({ tableType }: EntityMetadata): boolean {
  return tableType === 'view';
}

/** The table of an entity, in another schema, without its foreign keys. */
function tableOf({ driver }: DataSource, metadata: EntityMetadata, schema: string): Table {
  const table = Table.create(Object.create(metadata, { schema: { value: schema } }), driver);
  for (const index of table.indices) index.isConcurrent = false;
  return table;
}

/** The query of a view. */
export function expressionOf(
  dataSource: DataSource,
  { expression }: Pick<EntityMetadata, 'expression'>,
): string {
  return typeof expression === 'function' ? expression(dataSource).getQuery() : (expression ?? '').trim();
}

function createViewText(dataSource: DataSource, metadata: EntityMetadata, schema: string): string {
  const kind = metadata.tableMetadataArgs.materialized ? 'materialized view' : 'view';
  return `create ${kind} ${quote(schema)}.${quote(metadata.tableName)} as ${expressionOf(dataSource, metadata)}`;
}
