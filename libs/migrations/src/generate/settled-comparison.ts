import {
  type DataSource,
  type EntityMetadata,
  type QueryRunner,
  Table,
  type TableIndex,
  View,
} from 'typeorm';
import { type Names, takeNumberingChange } from './generated-numbers.js';
import { takeRedefinitions } from './redefinitions.js';
import {
  expressionOf,
  isView,
  type MadeAnew,
  makeAnew,
  readStored,
  type StoredColumn,
  type StoredSchema,
} from './stored-form.js';
import type { TableChange } from './table-change.js';

type TableColumn = Table['columns'][number];
type ColumnMetadata = EntityMetadata['columns'][number];
type Field = keyof TableColumn;

/** The fields of a column that PostgreSQL stores as its type, and those that it stores as an expression. */
const OF_TYPE: ReadonlySet<string> = new Set<Field>([
  'type',
  'length',
  'precision',
  'scale',
  'isArray',
  'enumName',
  'spatialFeatureType',
  'srid',
]);
const OF_EXPRESSION: ReadonlySet<string> = new Set<Field>(['default', 'asExpression', 'generatedType']);

/** The fields of an index that TypeORM compares. */
const OF_INDEX = ['isUnique', 'isSpatial', 'isFulltext', 'type', 'columnNames'] as const;

/** What exists in a schema, and what its entities would make in an empty one. */
interface Counterpart {
  readonly stored: StoredSchema;
  readonly anew: MadeAnew;
}

/**
 * TypeORM compares the texts of an entity with the texts that PostgreSQL shows of a table. PostgreSQL shows much in other
 * words than it was told: `'{}'::jsonb` for `'{}'`, `(now() + '1 day'::interval)` for `now() + interval '1 day'`. So the
 * tables of the entities are made a second time, in an empty schema. What PostgreSQL stores there as it does in the existing
 * table is no difference, and is shown to TypeORM in the words of the entity.
 */
export class SettledComparison {
  readonly #dataSource: DataSource;
  readonly #metadatas: readonly EntityMetadata[];
  readonly #counterparts: ReadonlyMap<string, Counterpart>;
  /** The columns that the entities ask for, of tables that exist. */
  readonly #wanted = new Map<ColumnMetadata, TableColumn>();
  readonly #changes = new Map<EntityMetadata, readonly TableChange[]>();

  private constructor(
    dataSource: DataSource,
    metadatas: readonly EntityMetadata[],
    counterparts: ReadonlyMap<string, Counterpart>,
  ) {
    this.#dataSource = dataSource;
    this.#metadatas = metadatas;
    this.#counterparts = counterparts;
  }

  /**
   * Reads what exists, and makes its counterpart. The transaction of the runner is as before afterwards.
   *
   * @param runner - in a transaction.
   */
  static async make(
    dataSource: DataSource,
    runner: QueryRunner,
    metadatas: readonly EntityMetadata[],
  ): Promise<SettledComparison> {
    const synchronized = metadatas.filter(isSynchronized);
    const counterparts = new Map<string, Counterpart>();
    for (const schema of new Set(synchronized.map((metadata) => schemaOf(dataSource, metadata)))) {
      const stored = await readStored(runner, schema);
      const existing = synchronized.filter(
        (metadata) =>
          schemaOf(dataSource, metadata) === schema &&
          (stored.columns.has(metadata.tableName) || stored.views.has(metadata.tableName)),
      );
      if (existing.length === 0) continue;
      const anew = await makeAnew(dataSource, runner, existing, schema);
      counterparts.set(schema, { stored, anew });
    }
    return new SettledComparison(dataSource, metadatas, counterparts);
  }

  /** What TypeORM does not write, of the tables that {@link runner} has shown. */
  get changes(): readonly TableChange[] {
    return [...this.#changes.values()].flat();
  }

  /** A query runner that shows existing tables and views in the words of their entities, as far as these say the same. */
  runner(base: QueryRunner): QueryRunner {
    const runner: QueryRunner = Object.create(base);
    return Object.assign(runner, {
      getTables: async (names?: string[]) => {
        const tables = await base.getTables(names);
        for (const table of tables) this.#settleTable(table, base);
        return tables;
      },
      getViews: async (names?: string[]) => this.#settleViews(await base.getViews(names)),
    });
  }

  /** Whether the column of a table that {@link runner} has read differs from what its entity asks for. */
  isChanged(metadata: ColumnMetadata, columns: readonly TableColumn[]): boolean {
    const wanted = this.#wanted.get(metadata);
    const column = columns.find(({ name }) => name === metadata.databaseName);
    return !wanted || !column || fieldsOf(wanted).some((field) => !isSame(column[field], wanted[field]));
  }

  #settleTable(table: Table, runner: QueryRunner): void {
    const metadata = this.#metadatas.find((each) => !isView(each) && this.#isPlaceOf(each, table));
    const counterpart = metadata && this.#counterparts.get(schemaOf(this.#dataSource, metadata));
    const anew = metadata && counterpart?.anew.tables.get(metadata.tableName);
    if (!counterpart || !anew) return;
    const { driver } = this.#dataSource;
    const wanted = Table.create(metadata, driver);
    const changes: TableChange[] = [];
    if (isSame(table.comment, anew.comment)) assign(table, 'comment', wanted.comment);
    for (const column of table.columns) {
      const [made, asked] = [columnOf(anew, column), columnOf(wanted, column)];
      const ofEntity = metadata.columns.find(({ databaseName }) => databaseName === column.name);
      if (!made || !asked || !ofEntity) continue;
      const of = ({ columns }: StoredSchema) => columns.get(metadata.tableName)?.get(column.name);
      const stored = of(counterpart.stored);
      settleColumn(column, { made, asked, stored, anew: of(counterpart.anew) });
      const numbering = takeNumberingChange(runner, table, column, asked, stored?.expression);
      if (numbering) changes.push(numbering);
      this.#wanted.set(ofEntity, asked);
    }
    for (const index of table.indices) settleIndex(index, indexOf(anew, index), indexOf(wanted, index));
    const path = (runner as unknown as Names).escapePath(table);
    const definitions = { stored: counterpart.stored.definitions, anew: counterpart.anew.definitions };
    changes.push(...takeRedefinitions(table, metadata, path, definitions));
    this.#changes.set(metadata, changes);
  }

  #settleViews(views: View[]): View[] {
    for (const metadata of this.#metadatas.filter((each) => isView(each) && isSynchronized(each))) {
      const { stored, anew } = this.#counterparts.get(schemaOf(this.#dataSource, metadata)) ?? {};
      const definition = stored?.views.get(metadata.tableName);
      if (definition === undefined) continue;
      let view = views.find((each) => this.#isPlaceOf(metadata, each));
      if (!view) {
        // A migration that names the schema of another database has recorded the view there.
        view = Object.assign(View.create(metadata, this.#dataSource.driver), { expression: definition });
        views.push(view);
      }
      if (definition === anew?.views.get(metadata.tableName))
        view.expression = expressionOf(this.#dataSource, metadata);
    }
    return views;
  }

  #isPlaceOf(metadata: EntityMetadata, table: Table | View): boolean {
    const { driver } = this.#dataSource;
    const [one, other] = [driver.parseTableName(metadata), driver.parseTableName(table)];
    return one.tableName === other.tableName && one.schema === other.schema;
  }
}

interface ColumnForms {
  /** The new column, as TypeORM reads it. */
  readonly made: TableColumn;
  /** What the entity asks for. */
  readonly asked: TableColumn;
  /** What PostgreSQL stores of the existing column, and of the new one. */
  readonly stored: StoredColumn | undefined;
  readonly anew: StoredColumn | undefined;
}

function settleColumn(column: TableColumn, { made, asked, stored, anew }: ColumnForms): void {
  const isSameType = stored?.type === anew?.type;
  const isSameExpression = stored?.expression === anew?.expression;
  for (const field of fieldsOf(asked)) {
    const isSettled = OF_EXPRESSION.has(field)
      ? isSameExpression
      : isSame(column[field], made[field]) && (isSameType || !OF_TYPE.has(field));
    if (isSettled) assign(column, field, asked[field]);
  }
}

function settleIndex(index: TableIndex, made: TableIndex | undefined, asked: TableIndex | undefined): void {
  if (!made || !asked || OF_INDEX.some((field) => !isSame(index[field], made[field]))) return;
  for (const field of OF_INDEX) assign(index, field, asked[field]);
}

function schemaOf({ driver }: DataSource, metadata: EntityMetadata): string {
  return driver.parseTableName(metadata).schema ?? '';
}

/** Children of a table with single-table inheritance are columns of their parent's. */
function isSynchronized({ synchronize, tableType }: EntityMetadata): boolean {
  return synchronize && tableType !== 'entity-child';
}

function columnOf({ columns }: Table, { name }: TableColumn): TableColumn | undefined {
  return columns.find((column) => column.name === name);
}

function indexOf({ indices }: Table, { name }: TableIndex): TableIndex | undefined {
  return indices.find((index) => index.name === name);
}

function fieldsOf(column: TableColumn): readonly Field[] {
  return (Object.keys(column) as (Field | '@instanceof')[]).filter((field) => field !== '@instanceof');
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** TypeORM declares its fields as if each had one type. */
function assign<T extends object>(target: T, field: keyof T, value: unknown): void {
  Object.assign(target, { [field]: value });
}
