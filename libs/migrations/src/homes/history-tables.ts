import { HAS_CITUS, historyTables, type ScriptStatement, sqlStateOf } from '@rowhouse/core/internal';
import pg from 'pg';
import { type DataSource, type QueryRunner, Table } from 'typeorm';
import type { History } from './history.js';
import { type Migration, namesOf } from './migration-set.js';

const { escapeIdentifier: quote } = pg;

/** The class of SQLSTATEs of what is not there, or must not be read. */
const SYNTAX_OR_ACCESS = '42';

interface HomeFacts {
  readonly own: boolean;
  readonly shared: boolean;
  readonly citus: boolean;
}

interface Kind {
  readonly isShared: boolean;
}

/** The tables in which a home records its migrations: TypeORM's own table, and a second one for migrations of shared tables. */
export class HistoryTables {
  readonly #dataSource: DataSource;
  readonly #schema: string;

  /** @param schema - of the home. */
  constructor(dataSource: DataSource, schema: string) {
    this.#dataSource = dataSource;
    this.#schema = schema;
  }

  name({ isShared }: Kind): string {
    const [own, shared] = historyTables(this.#dataSource.options.migrationsTableName);
    return isShared ? shared : own;
  }

  /** Schema and name, quoted. The name alone could resolve to a table in another schema. */
  qualified(kind: Kind): string {
    return `${quote(this.#schema)}.${quote(this.name(kind))}`;
  }

  /** Creates a migrations table through TypeORM, so that columns and key names are the same as TypeORM's. */
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

  /** Creates the tables that TypeORM itself needs in a new home. */
  async makeForTypeOrm(runner: QueryRunner): Promise<void> {
    await this.make(runner, { isShared: false });
    await this.makeMetadata(runner);
  }

  /** Creates TypeORM's metadata table if it is missing and the entities have views or generated columns. */
  async makeMetadata(runner: QueryRunner): Promise<void> {
    const builder = this.#dataSource.driver.createSchemaBuilder() as unknown as {
      createMetadataTableIfNecessary?: (runner: QueryRunner) => Promise<void>;
    };
    await builder.createMetadataTableIfNecessary?.(runner);
  }

  /** Reads the home's history, which of the two tables exist, and whether the database is one of Citus. */
  async read(runner: QueryRunner): Promise<{ history: History; has: HomeFacts }> {
    const [has = { own: false, shared: false, citus: false }]: HomeFacts[] = await runner.query(
      `select pg_catalog.to_regclass($1) is not null as own, pg_catalog.to_regclass($2) is not null as shared, ${HAS_CITUS} as citus`,
      [this.qualified({ isShared: false }), this.qualified({ isShared: true })],
    );
    const own = has.own ? await this.#readTable(runner, { isShared: false }) : [];
    const shared = has.shared ? await this.#readTable(runner, { isShared: true }) : [];
    return { history: [...shared, ...own], has };
  }

  /**
   * Reads the home's history, in one round trip where its own table is what the path leads to, and no shared tables are in its schema: the
   * text is then the same for all homes. Outside of a transaction.
   */
  async readAtOnce(runner: QueryRunner): Promise<History> {
    const own = quote(this.name({ isShared: false }));
    try {
      const [found]: { names: string[]; isOwn: boolean; hasShared: boolean }[] = await runner.query(
        `select array(select name::text from ${own} order by id) as names,
                pg_catalog.to_regclass($1) = pg_catalog.to_regclass($2) as "isOwn",
                pg_catalog.to_regclass($3) is not null as "hasShared"`,
        [own, this.qualified({ isShared: false }), this.qualified({ isShared: true })],
      );
      if (found?.isOwn && !found.hasShared) return namesOf(found.names, { isShared: false });
    } catch (error) {
      // There is none, or another one that has no such columns, or that must not be read.
      if (!sqlStateOf(error)?.startsWith(SYNTAX_OR_ACCESS)) throw error;
    }
    return (await this.read(runner)).history;
  }

  async #readTable(runner: QueryRunner, kind: Kind): Promise<readonly string[]> {
    const rows: { name: string }[] = await runner.query(
      `select name from ${this.qualified(kind)} order by id`,
    );
    return namesOf(
      rows.map(({ name }) => name),
      kind,
    );
  }

  /**
   * Statements that record in the home that migrations were run or reverted.
   *
   * @param options.byPath - names the table without its schema. Use it only where the table exists and the path leads to it:
   *   the text is then the same for all homes, so PostgreSQL prepares it once per connection.
   */
  recordStatements(
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
