import pg from 'pg';
import { DataSource } from 'typeorm';

/**
 * The baseline: a schema or a database per tenant without Rowhouse, in the obvious way. For each tenant it opens a TypeORM
 * DataSource, runs the migrations, and closes it.
 */
export class TypeOrmLoop {
  #url;
  #client;
  #isolation;

  /** @param {string} url of the login that owns the schemas and databases */
  static async open(url, isolation, cleanUp) {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    const loop = new TypeOrmLoop(url, isolation, client);
    cleanUp.add(() => loop.close());
    return loop;
  }

  constructor(url, isolation, client) {
    this.#url = url;
    this.#isolation = isolation;
    this.#client = client;
  }

  async create(names, migrations) {
    for (const name of names) {
      await this.#client.query(`create ${this.#isolation} ${name}`);
      await this.#runMigrations(name, migrations);
    }
  }

  async migrate(names, migrations) {
    for (const name of names) await this.#runMigrations(name, migrations);
  }

  close() {
    return this.#client.end();
  }

  async #runMigrations(name, migrations) {
    const place =
      this.#isolation === 'schema'
        ? // Statements of migrations name no schema, so TypeORM's option `schema` alone would run them in public.
          { url: this.#url, schema: name, extra: { max: 1, options: `-c search_path=${name}` } }
        : { url: Object.assign(new URL(this.#url), { pathname: name }).href, extra: { max: 1 } };
    const dataSource = new DataSource({ type: 'postgres', migrations, ...place });
    await dataSource.initialize();
    try {
      await dataSource.runMigrations();
    } finally {
      await dataSource.destroy();
    }
  }
}
