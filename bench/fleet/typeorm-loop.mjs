import pg from 'pg';
import { DataSource } from 'typeorm';

/**
 * The baseline: a schema per tenant without Rowhouse, in the obvious way. For each tenant it opens a TypeORM DataSource on
 * the schema, runs the migrations, and closes it.
 */
export class TypeOrmLoop {
  #url;
  #client;

  /** @param {string} url of the login that owns the schemas */
  static async open(url, cleanUp) {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    const loop = new TypeOrmLoop(url, client);
    cleanUp.add(() => loop.close());
    return loop;
  }

  constructor(url, client) {
    this.#url = url;
    this.#client = client;
  }

  async create(schemas, migrations) {
    for (const schema of schemas) {
      await this.#client.query(`create schema ${schema}`);
      await this.#runMigrations(schema, migrations);
    }
  }

  async migrate(schemas, migrations) {
    for (const schema of schemas) await this.#runMigrations(schema, migrations);
  }

  close() {
    return this.#client.end();
  }

  async #runMigrations(schema, migrations) {
    const dataSource = new DataSource({
      type: 'postgres',
      url: this.#url,
      schema,
      migrations,
      // Statements of migrations name no schema, so TypeORM's option `schema` alone would run them in public.
      extra: { max: 1, options: `-c search_path=${schema}` },
    });
    await dataSource.initialize();
    try {
      await dataSource.runMigrations();
    } finally {
      await dataSource.destroy();
    }
  }
}
