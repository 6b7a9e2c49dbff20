import type { ScriptStatement } from '@rowhouse/core/internal';
import pg from 'pg';
import { type DataSource, type QueryRunner, Table } from 'typeorm';
import type { History } from './history.js';
import { type Migration, namesOf } from './migration-set.js';

const { escapeIdentifier: quote } = pg;

/** TypeORM's default for `migrationsTableName`. */
const DEFAULT_TABLE = 'migrations';

interface Kind {
  readonly isShared: boolean;
}

/** Where a home keeps which migrations it has had: TypeORM's own table, and one beside it for migrations of shared tables. */
export class HistoryTables {
  readonly #dataSource: DataSource;
  readonly #schema: string;

  /** @param schema - of the home. */
  constructor(dataSource: DataSource, schema: string) {
    this.#dataSource = dataSource;
    this.#schema = schema;
  }

  name({ isShared }: Kind): string {
    const table = this.#dataSource.options.migrationsTableName ?? DEFAULT_TABLE;
    return isShared ? `${table}_shared` : table;
  }

  /** As it stands in SQL, with its schema: a name alone might be found in another one. */
  qualified(kind: Kind): string {
    return `${quote(this.#schema)}.${quote(this.name(kind))}`;
  }

  /** Makes a table of migrations, by TypeORM: the same columns, the same names of keys. */
  async make(runner: QueryRunner, kind: Kind): Promise<void> {
    const { driver } = this.#dataSource;
    const typeOf = (type: 'migrationId' | 'migrationTimestamp' | 'migrationName') =>
      driver.normalizeType({ type: driver.mappedDataTypes[type] });
    await runner.createTable(
      new Table({
        name: this.name(kind),
        columns: [
          {
            name: 'id',
            type: typeOf('migrationId'),
            isGenerated: true,
            generationStrategy: 'increment',
            isPrimary: true,
          },
          { name: 'timestamp', type: typeOf('migrationTimestamp') },
          { name: 'name', type: typeOf('migrationName') },
        ],
      }),
    );
  }

  /** Makes all that TypeORM keeps for itself in a new home. */
  async makeForTypeOrm(runner: QueryRunner): Promise<void> {
    await this.make(runner, { isShared: false });
    await this.makeMetadata(runner);
  }

  /** Makes TypeORM's table for views and generated columns, if the entities have some and it is not there. */
  async makeMetadata(runner: QueryRunner): Promise<void> {
    const builder = this.#dataSource.driver.createSchemaBuilder() as unknown as {
      createMetadataTableIfNecessary?: (runner: QueryRunner) => Promise<void>;
    };
    await builder.createMetadataTableIfNecessary?.(runner);
  }

  /** What the home has had, and which of its tables there are. */
  async read(runner: QueryRunner): Promise<{ history: History; has: { own: boolean; shared: boolean } }> {
    const names: Record<'own' | 'shared', readonly string[] | undefined> = {
      own: await this.#readTable(runner, { isShared: false }),
      shared: await this.#readTable(runner, { isShared: true }),
    };
    return {
      history: [...(names.shared ?? []), ...(names.own ?? [])],
      has: { own: names.own !== undefined, shared: names.shared !== undefined },
    };
  }

  async #readTable(runner: QueryRunner, kind: Kind): Promise<readonly string[] | undefined> {
    const [found]: { there: boolean }[] = await runner.query(
      'select pg_catalog.to_regclass($1) is not null as there',
      [this.qualified(kind)],
    );
    if (!found?.there) return undefined;
    const rows: { name: string }[] = await runner.query(
      `select name from ${this.qualified(kind)} order by id`,
    );
    return namesOf(
      rows.map(({ name }) => name),
      kind,
    );
  }

  /**
   * Writes down, in the home, what has been run or taken back.
   *
   * @param options.byPath - the table is known to be there, so that its name alone means it: the same text for all homes,
   *   which the pool need not describe anew for each.
   */
  note(
    direction: 'up' | 'down',
    migrations: readonly Migration[],
    { byPath = false }: { readonly byPath?: boolean } = {},
  ): ScriptStatement[] {
    return [false, true].flatMap((isShared) => {
      const of = migrations.filter((migration) => migration.isShared === isShared);
      if (of.length === 0) return [];
      const names = of.map(({ storedName }) => storedName);
      const table = byPath ? quote(this.name({ isShared })) : this.qualified({ isShared });
      if (direction === 'down')
        return [{ text: `delete from ${table} where name = any($1)`, values: [names] }];
      return [
        {
          text: `insert into ${table} ("timestamp", "name") select * from unnest($1::bigint[], $2::text[])`,
          values: [of.map(({ timestamp }) => timestamp), names],
        },
      ];
    });
  }
}
