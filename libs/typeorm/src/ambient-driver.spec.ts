/** @suite typeorm03 */
import { type Tenant, TenantContext, type TenantIsolation } from '@rowhouse/core';
import { databaseNameOf } from '@rowhouse/core/internal';
import { createTestDatabase, type TestDatabase } from '@rowhouse/testing';
import pg from 'pg';
import {
  Column,
  type DataSource,
  Entity,
  type MigrationInterface,
  PrimaryGeneratedColumn,
  type QueryRunner,
} from 'typeorm';
import { makeTenant } from '../../../test/support/tenants.js';
import { DataSourceRegistry } from './data-source-registry.js';
import { driverOf, PLACE_FIELDS } from './driver-parts.js';
import { openTenantDataSource } from './tenant-data-source.js';

@Entity('posts')
class Post {
  @PrimaryGeneratedColumn() id!: number;
  @Column() title!: string;
  @Column({ generatedType: 'STORED', asExpression: 'upper(title)' }) loud!: string;
}

class NothingToDo1700000000000 implements MigrationInterface {
  async up(): Promise<void> {}
  async down(): Promise<void> {}
}

const acme = makeTenant('acme');
const globex = makeTenant('globex');
const initech = makeTenant('initech', { isolation: 'database' });
const tenants = [acme, globex, initech];

let database: TestDatabase;
let ambient: DataSource;
let registry: DataSourceRegistry;

beforeAll(async () => {
  database = await createTestDatabase();
  ambient = await openTenantDataSource({
    type: 'postgres',
    url: database.loginUrl,
    entities: [Post],
    migrations: [NothingToDo1700000000000],
  });
  registry = new DataSourceRegistry({ ambient, directUrl: database.url });
  for (const tenant of tenants) await registry.homes.prepare(tenant);
  // A shared table of the same name with another column, and one that only the shared schema has.
  const owner = new pg.Client(database.url);
  await owner.connect();
  await owner.query(
    'create table public.posts (id int, shared text); create table public.countries (id int)',
  );
  await owner.query('create table public.typeorm_metadata (type text)');
  await owner.end();
  await registry.for(acme).synchronize();
  await registry.for(acme).runMigrations();
  await registry.for(initech).synchronize();
  await (await registry.directFor(globex)).query('create table drafts (id int, body text)');
});

afterAll(async () => {
  await registry.homes.remove(initech);
  await registry.close();
  await ambient.destroy();
  await database.drop();
});

const as = <T>(tenant: Tenant, work: () => T) => TenantContext.run(tenant, work);

/** What a query runner says of tables. */
async function lookAround(runner: QueryRunner) {
  return {
    posts: await runner.hasTable('posts'),
    title: await runner.hasColumn('posts', 'title'),
    shared: await runner.hasColumn('posts', 'shared'),
    drafts: await runner.hasTable('drafts'),
    countries: await runner.hasTable('countries'),
    columns: (await runner.getTable('posts'))?.columns.map(({ name }) => name) ?? [],
    tables: (await runner.getTables(['posts', 'drafts'])).map(({ name }) => name),
    schema: await runner.getCurrentSchema(),
    database: await runner.getCurrentDatabase(),
  };
}

const withRunner = async <T>(runner: QueryRunner, work: (runner: QueryRunner) => Promise<T>): Promise<T> => {
  try {
    return await work(runner);
  } finally {
    await runner.release();
  }
};

const own = (tenant: Tenant): unknown =>
  ({
    acme: {
      posts: true,
      title: true,
      shared: false,
      drafts: false,
      countries: false,
      columns: ['id', 'title', 'loud'],
      tables: ['posts'],
      schema: 'tenant_acme',
      database: database.name,
    },
    globex: {
      posts: false,
      title: false,
      shared: false,
      drafts: true,
      countries: false,
      columns: [],
      tables: ['drafts'],
      schema: 'tenant_globex',
      database: database.name,
    },
    initech: {
      posts: true,
      title: true,
      shared: false,
      drafts: false,
      countries: false,
      columns: ['id', 'title', 'loud'],
      tables: ['posts'],
      schema: 'public',
      database: databaseNameOf(initech),
    },
  })[tenant.slug as string];

describe('a query runner of the ambient data source', () => {
  it.each(tenants)('looks tables up where those of $slug are', async (tenant) => {
    await as(tenant, async () => {
      expect(await withRunner(ambient.createQueryRunner(), lookAround)).toEqual(own(tenant));
    });
  });

  it('keeps the tenant that it was made for, or that it was first used for', async () => {
    const made = tenants.map((tenant) => as(tenant, () => ambient.createQueryRunner()));
    const used = await Promise.all(
      tenants.map(async (tenant) => {
        const runner = ambient.createQueryRunner();
        await as(tenant, () => runner.connect());
        return runner;
      }),
    );
    for (const runners of [made, used])
      for (const [index, tenant] of tenants.entries())
        expect(await withRunner(runners[index] as QueryRunner, lookAround)).toEqual(own(tenant));
  });

  it('that was made outside of any context and never used for a tenant is nobody’s', async () => {
    const runner = ambient.createQueryRunner();
    await expect(runner.hasTable('posts')).rejects.toMatchObject({ code: 'TENANT_CONTEXT_MISSING' });
  });
});

describe('the driver of the ambient data source', () => {
  const placeIn = (dataSource: DataSource) => PLACE_FIELDS.map((field) => driverOf(dataSource)[field]);

  it('names the place of the tenant in force, and that of its login without one', async () => {
    const ofLogin = ['public', 'public', database.name];
    const places = { acme: 'tenant_acme', globex: 'tenant_globex', initech: 'public' } as Record<
      string,
      string
    >;
    expect(placeIn(ambient)).toEqual(ofLogin);
    for (const tenant of tenants) {
      const schema = places[tenant.slug];
      const expected = [schema, schema, tenant === initech ? databaseNameOf(initech) : database.name];
      expect(as(tenant, () => placeIn(ambient))).toEqual(expected);
      for (const other of tenants) {
        expect(as(other, () => placeIn(registry.for(tenant)))).toEqual(expected);
        expect(placeIn(await as(other, () => registry.directFor(tenant)))).toEqual(expected);
      }
    }
    expect(TenantContext.runAsSystem('test', () => placeIn(ambient))).toEqual(ofLogin);
  });

  it.each([acme, initech])(
    'compares the tables of $slug with the entities, and finds no difference',
    async (tenant) => {
      const texts = async (dataSource: DataSource) => {
        const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
        return upQueries.map(({ query }) => query);
      };
      expect(await as(tenant, () => texts(ambient))).toEqual([]);
      expect(await texts(registry.for(tenant))).toEqual([]);
      expect(await texts(await registry.directFor(tenant))).toEqual([]);
    },
  );

  it('compares the entities with a home that has no tables', async () => {
    const { upQueries } = await as(globex, () => ambient.driver.createSchemaBuilder().log());
    expect(upQueries.some(({ query }) => /CREATE TABLE "posts"/.test(query))).toBe(true);
  });

  it('knows which migrations the tenant has had', async () => {
    expect(await as(acme, () => ambient.showMigrations())).toBe(false);
    // TypeORM would make the table, which only the owner may.
    await expect(as(globex, () => ambient.showMigrations())).rejects.toMatchObject({
      driverError: { code: 'STATEMENT_REFUSED' },
    });
    expect(await registry.for(globex).showMigrations()).toBe(true);
    expect(await as(globex, () => ambient.showMigrations())).toBe(true);
  });
});

describe.each<TenantIsolation>(['schema', 'database'])(
  'with logNotifications, a tenant with isolation %s',
  (isolation) => {
    it('has the notices and notifications of its connections logged', async () => {
      const lines: string[] = [];
      const ignore = () => {};
      const logger = {
        log: (_level: string, line: unknown) => lines.push(String(line)),
        logQuery: ignore,
        logQueryError: ignore,
        logQuerySlow: ignore,
        logSchemaBuild: ignore,
        logMigration: ignore,
      };
      const logging = await openTenantDataSource(
        { type: 'postgres', url: database.loginUrl, logNotifications: true, poolSize: 1, logger },
        { guard: { mode: 'off' } },
      );
      try {
        const tenant = isolation === 'schema' ? acme : initech;
        await as(tenant, () => logging.query('drop table if exists nowhere'));
        await as(tenant, () => logging.query('drop table if exists nowhere_either'));
        await as(tenant, async () => {
          await withRunner(logging.createQueryRunner(), async (runner) => {
            await runner.query('listen news');
            await runner.query("notify news, 'hello'");
          });
        });
        expect(lines).toEqual([
          'table "nowhere" does not exist, skipping',
          'table "nowhere_either" does not exist, skipping',
          'Received NOTIFY on channel news: hello.',
        ]);
      } finally {
        await logging.destroy();
      }
    });
  },
);
