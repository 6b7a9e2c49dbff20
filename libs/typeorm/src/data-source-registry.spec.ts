/** @suite postgres15 typeorm03 */
import { type PinMode, type Tenant, TenantContext } from '@rowhouse/core';
import { createTestDatabase, type TestDatabase } from '@rowhouse/testing';
import pg from 'pg';
import { type DataSource, type DataSourceOptions, EntityManager, type QueryRunner } from 'typeorm';
import { SharedMemoryCache } from '../../../test/support/shared-memory-cache.js';
import { Author, Book, shop } from '../../../test/support/shop.js';
import { makeTenant } from '../../../test/support/tenants.js';
import { until } from '../../../test/support/until.js';
import { openWireTap } from '../../../test/support/wire-tap.js';
import { DataSourceRegistry } from './data-source-registry.js';
import { openTenantDataSource } from './tenant-data-source.js';

const acme = makeTenant('acme');
const globex = makeTenant('globex');
const tenants = [acme, globex];

let database: TestDatabase;
const opened: Array<() => Promise<void>> = [];

async function open(
  options: { pin?: PinMode; poolSize?: number; url?: string; cache?: DataSourceOptions['cache'] } = {},
) {
  const { pin = 'statement', poolSize = 2, url = database.loginUrl, cache = false } = options;
  const ambient = await openTenantDataSource({ type: 'postgres', url, poolSize, cache, ...shop }, { pin });
  const registry = new DataSourceRegistry({ ambient, directUrl: database.url, tenancy: { pin } });
  opened.push(async () => {
    await registry.close();
    await ambient.destroy();
  });
  return { ambient, registry };
}

async function seed(dataSource: DataSource, tenant: Tenant) {
  const author = await dataSource.getRepository(Author).save({ name: `${tenant.slug} author` });
  const books = dataSource.getRepository(Book);
  const first = books.create({ title: `${tenant.slug} first`, reviews: [{ text: `${tenant.slug} praise` }] });
  const second = books.create({ title: `${tenant.slug} second`, kind: 'audio' });
  for (const book of [first, second]) book.author = Promise.resolve(author);
  await books.save([first, second]);
}

beforeAll(async () => {
  database = await createTestDatabase();
  const { registry } = await open();
  for (const tenant of tenants) {
    await registry.homes.prepare(tenant);
    await registry.for(tenant).runMigrations();
    await seed(registry.for(tenant), tenant);
  }
});

afterEach(async () => {
  for (const close of opened.splice(0)) await close();
});

afterAll(() => database.drop());

describe.each<PinMode>(['statement', 'session'])('the ambient data source, %s pins', (pin) => {
  it('reads and writes as the tenant of the context, through every door', async () => {
    const { ambient } = await open({ pin, poolSize: 1 });
    const books = ambient.getRepository(Book);
    for (const tenant of tenants) {
      await TenantContext.run(tenant, async () => {
        const first = `${tenant.slug} first`;
        expect((await books.find({ order: { id: 'ASC' } }))[0]?.title).toBe(first);
        expect(await ambient.manager.countBy(Book, { title: first })).toBe(1);
        expect((await books.createQueryBuilder('b').orderBy('b.id').getMany())[0]?.title).toBe(first);
        expect((await ambient.query('select title from books order by id'))[0].title).toBe(first);
        const streamed: string[] = [];
        for await (const row of await books.createQueryBuilder('b').stream()) streamed.push(row.b_title);
        expect(streamed).toContain(first);
      });
    }
  });

  it('loads relations lazy, eager and joined from the same tenant', async () => {
    const { ambient } = await open({ pin });
    for (const tenant of tenants) {
      await TenantContext.run(tenant, async () => {
        const book = await ambient.getRepository(Book).findOneByOrFail({ title: `${tenant.slug} first` });
        expect(book.reviews.map((review) => review.text)).toEqual([`${tenant.slug} praise`]);
        const author = await book.author;
        expect(author.name).toBe(`${tenant.slug} author`);
        expect((await author.books).every(({ title }) => title.startsWith(tenant.slug))).toBe(true);
      });
    }
  });

  it('rolls a transaction back, nested ones to their savepoint', async () => {
    const { ambient } = await open({ pin, poolSize: 1 });
    await TenantContext.run(acme, async () => {
      await ambient.transaction('SERIALIZABLE', async (outer) => {
        await outer.save(Author, { name: 'kept for now' });
        await expect(
          outer.transaction(async (inner) => {
            await inner.save(Author, { name: 'never' });
            await inner.query('select nonsense');
          }),
        ).rejects.toMatchObject({ driverError: { code: '42703' } });
        expect(await outer.existsBy(Author, { name: 'kept for now' })).toBe(true);
        expect(await outer.existsBy(Author, { name: 'never' })).toBe(false);
        await outer.delete(Author, { name: 'kept for now' });
      });
      await expect(
        ambient.transaction((manager) => manager.save(Author, { name: 'acme author' })),
      ).rejects.toThrow(/duplicate/);
    });
    expect(
      await TenantContext.run(globex, () => ambient.manager.countBy(Author, { name: 'acme author' })),
    ).toBe(0);
  });
});

describe('the ambient data source', () => {
  it('refuses every data access without a context', async () => {
    const { ambient } = await open();
    const books = ambient.getRepository(Book);
    const missing = { code: 'TENANT_CONTEXT_MISSING' };
    await expect(books.find()).rejects.toMatchObject(missing);
    await expect(books.save({ title: 'nowhere' })).rejects.toMatchObject(missing);
    await expect(ambient.manager.find(Book)).rejects.toMatchObject(missing);
    await expect(books.createQueryBuilder().getCount()).rejects.toMatchObject(missing);
    await expect(ambient.query('select 1')).rejects.toMatchObject(missing);
    await expect(ambient.transaction(async () => {})).rejects.toMatchObject(missing);
    await expect(ambient.createQueryRunner().connect()).rejects.toMatchObject(missing);
  });

  it('keeps a QueryRunner with the tenant that connected it, and refuses it elsewhere and after its release', async () => {
    const { ambient } = await open();
    const runner = ambient.createQueryRunner();
    await TenantContext.run(acme, () => runner.connect());
    const title = () => runner.query('select title from books order by id limit 1');
    expect(await title()).toEqual([{ title: 'acme first' }]);
    const elsewhere = { code: 'ISOLATION_VIOLATION' };
    await expect(TenantContext.run(globex, title)).rejects.toMatchObject(elsewhere);
    await expect(TenantContext.runAsSystem('test', title)).rejects.toMatchObject(elsewhere);
    expect(await TenantContext.run(acme, title)).toEqual([{ title: 'acme first' }]);
    await runner.startTransaction();
    await runner.release();
    await expect(title()).rejects.toThrow(/released/i);
    expect(
      await TenantContext.run(globex, () => ambient.query('select title from books order by id limit 1')),
    ).toEqual([{ title: 'globex first' }]);
  });

  it('keeps cached results of one tenant from another, and from nobody', async () => {
    const { ambient, registry } = await open({ cache: true });
    for (const tenant of tenants) {
      const runner = (await registry.directFor(tenant)).createQueryRunner();
      await ambient.queryResultCache?.synchronize(runner);
      await runner.release();
    }
    const titles = async (dataSource: DataSource, cache: boolean | { id: string; milliseconds: number }) =>
      (await dataSource.getRepository(Book).find({ cache, order: { id: 'ASC' } })).map(({ title }) => title);
    for (const cache of [true, { id: 'all-books', milliseconds: 60_000 }]) {
      for (const tenant of [acme, globex, acme, globex]) {
        expect((await TenantContext.run(tenant, () => titles(ambient, cache)))[0]).toBe(
          `${tenant.slug} first`,
        );
        expect((await titles(registry.for(tenant), cache))[0]).toBe(`${tenant.slug} first`);
      }
      await expect(titles(ambient, cache)).rejects.toMatchObject({ code: 'TENANT_CONTEXT_MISSING' });
    }
    await TenantContext.run(acme, () => ambient.queryResultCache?.remove(['all-books']));
  });

  it('caches what a kept query runner reads for the tenant of its connection', async () => {
    const { ambient, registry } = await open({ cache: { provider: () => new SharedMemoryCache() } });
    const runner = registry.for(acme).createQueryRunner();
    const first = async (dataSource: DataSource, own?: QueryRunner) =>
      (
        await dataSource
          .createQueryBuilder(Book, 'b', own)
          .orderBy('b.id')
          .cache('first', 60_000)
          .getOneOrFail()
      ).title;
    expect(await TenantContext.run(globex, () => first(ambient, runner))).toBe('acme first');
    expect(await first(registry.for(globex), runner)).toBe('acme first');
    expect(await TenantContext.run(globex, () => first(ambient))).toBe('globex first');
    expect(await first(registry.for(globex))).toBe('globex first');
    expect(await TenantContext.run(acme, () => first(ambient))).toBe('acme first');
    await runner.release();

    const ambients = TenantContext.run(acme, () => ambient.createQueryRunner());
    expect(await first(ambient, ambients)).toBe('acme first');
    await expect(TenantContext.run(globex, () => first(ambient, ambients))).rejects.toMatchObject({
      code: 'ISOLATION_VIOLATION',
    });
    await ambients.release();
  });

  it('reports hits and misses of the cache, by tenant', async () => {
    const { ambient, registry } = await open({ cache: { provider: () => new SharedMemoryCache() } });
    const reads: string[] = [];
    const slugs = new Map(tenants.map(({ id, slug }) => [id, slug]));
    const stop = registry.observe({
      statement() {},
      waited() {},
      exhausted() {},
      cacheRead: (key, isHit) => reads.push(`${slugs.get(key)} ${isHit ? 'hit' : 'miss'}`),
    });
    const cache = { id: 'all-books', milliseconds: 60_000 };
    const read = (dataSource: DataSource) => dataSource.getRepository(Book).find({ cache });
    await TenantContext.run(acme, () => read(ambient));
    await read(registry.for(acme));
    await read(registry.for(globex));
    await TenantContext.run(globex, () => read(ambient));
    stop();
    await read(registry.for(globex));
    expect(reads).toEqual(['acme miss', 'acme hit', 'globex miss', 'globex hit']);
  });

  it('pins its replicas too', async () => {
    const replica = { url: database.url };
    const ambient = await openTenantDataSource({
      type: 'postgres',
      replication: { master: replica, slaves: [replica] },
      ...shop,
    });
    opened.push(() => ambient.destroy());
    const registry = new DataSourceRegistry({ ambient });
    expect((await TenantContext.run(acme, () => ambient.getRepository(Book).find()))[0]?.title).toMatch(
      /^acme/,
    );
    expect((await registry.for(globex).getRepository(Book).find())[0]?.title).toMatch(/^globex/);
    await expect(ambient.getRepository(Book).find()).rejects.toMatchObject({
      code: 'TENANT_CONTEXT_MISSING',
    });
    expect(registry.stats().pools).toHaveLength(2);
  });

  it('says why a query runner, its manager and its client have no connection any more, also of a tenant', async () => {
    const { ambient, registry } = await open({ url: database.url });
    for (const runner of [
      await TenantContext.run(acme, async () => ambient.createQueryRunner()),
      registry.for(acme).createQueryRunner(),
    ])
      await TenantContext.run(acme, async () => {
        const connection = await runner.connect();
        const gone = new Promise((resolve) => connection.once('error', resolve));
        const [{ pid }] = await runner.query('select pg_backend_pid() as pid');
        await (await registry.directFor(acme)).query('select pg_terminate_backend($1)', [pid]);
        await gone;
        const lost = { code: 'CONNECTION_LOST' };
        await expect(runner.query('select 1')).rejects.toMatchObject(lost);
        await expect(runner.manager.transaction(async () => {})).rejects.toMatchObject(lost);
        await expect(runner.manager.find(Book)).rejects.toMatchObject(lost);
        await expect(connection.query('select 1')).rejects.toMatchObject(lost);
        await runner.release();
      });
  });

  it('costs one round trip a find and two a transaction of one statement', async () => {
    const tap = await openWireTap(database.url);
    const { ambient } = await open({ url: tap.url, poolSize: 1 });
    await TenantContext.run(globex, () => ambient.query('select 1'));
    for (const tenant of tenants) {
      await TenantContext.run(tenant, async () => {
        tap.reset();
        await ambient.getRepository(Book).find();
        expect(tap.roundTrips).toBe(1);
        tap.reset();
        await ambient.transaction((manager) => manager.query('select 1'));
        expect(tap.roundTrips).toBe(2);
      });
    }
    await ambient.destroy();
    opened.length = 0;
    await tap.close();
  });

  it.each([
    ['synchronize', { synchronize: true }],
    ['migrationsRun', { migrationsRun: true }],
    ['dropSchema', { dropSchema: true }],
    ['schema', { schema: 'public' }],
    ['driver', { driver: {} }],
  ])('refuses the option %s, with a remedy', async (field, option) => {
    await expect(openTenantDataSource({ type: 'postgres', url: database.url, ...option })).rejects.toThrow(
      `typeorm: ${field}: it is refused`,
    );
  });
});

describe('the registry', () => {
  it('hands out a data source for one tenant, whatever the context', async () => {
    const { registry } = await open({ poolSize: 1 });
    const acmes = registry.for(acme);
    for (const outer of [acme, globex]) {
      await TenantContext.run(outer, async () => {
        expect((await acmes.getRepository(Book).find())[0]?.title).toMatch(/^acme/);
        expect((await acmes.manager.query('select title from books'))[0].title).toMatch(/^acme/);
        expect(await acmes.createQueryBuilder(Book, 'b').getCount()).toBe(2);
        await acmes.transaction(async (manager) => {
          expect(manager).toBeInstanceOf(EntityManager);
          expect((await manager.find(Book))[0]?.title).toMatch(/^acme/);
        });
        const rows: unknown[] = [];
        for await (const row of await acmes.getRepository(Book).createQueryBuilder('b').stream())
          rows.push(row.b_title);
        expect(rows).toContain('acme first');
      });
    }
    await acmes.destroy();
    expect(await registry.for(globex).getRepository(Book).count()).toBe(2);
    expect(registry.stats().pools[0]?.total).toBe(1);
  });

  it('makes lazy relations follow the context', async () => {
    const { registry } = await open();
    const book = await registry.for(acme).getRepository(Book).findOneByOrFail({ title: 'acme first' });
    expect((await TenantContext.run(acme, () => book.author)).name).toBe('acme author');
    // Through the loader, not the property: TypeORM leaves a second, unhandled promise behind a failed one.
    const { ambient } = registry;
    const relation = ambient.getMetadata(Book).findRelationWithPropertyPath('author');
    await expect(relation && ambient.relationLoader.load(relation, book)).rejects.toMatchObject({
      code: 'TENANT_CONTEXT_MISSING',
    });
  });

  it('has every instance read a tenant anew before and after its structure is changed', async () => {
    const { registry } = await open();
    const [hooli, shared] = [makeTenant('hooli'), makeTenant('shared', { isolation: 'row' })];
    await registry.homes.prepare(hooli);
    const heard: string[] = [];
    const listener = new pg.Client({ connectionString: database.url });
    await listener.connect();
    listener.on('notification', ({ payload }) => heard.push(String(payload)));
    await listener.query('listen rowhouse_tenants');
    try {
      await registry.for(hooli).synchronize();
      await until(() => heard.length === 2);
      await registry.for(hooli).undoLastMigration();
      await until(() => heard.length === 4);
      const failing = registry.for(hooli).runMigrations();
      await expect(failing).rejects.toThrow(/exists/);
      await until(() => heard.length === 6);
      expect(new Set(heard)).toEqual(new Set([hooli.id]));
      await registry.homes.announceChange(shared);
      await until(() => heard.at(-1) === '');
    } finally {
      await listener.end();
      await registry.homes.remove(hooli);
    }
  });

  it('synchronizes, inspects and migrates inside the schema of its tenant', async () => {
    const { registry } = await open();
    const initech = makeTenant('initech');
    await registry.homes.prepare(initech);
    const dataSource = registry.for(initech);
    const runner = dataSource.createQueryRunner();
    expect(await runner.hasTable('books')).toBe(false);
    await dataSource.synchronize();
    expect(await runner.hasTable('books')).toBe(true);
    expect((await runner.getTable('books'))?.schema ?? 'tenant_initech').toBe('tenant_initech');
    await runner.release();
    await seed(dataSource, initech);
    expect(await dataSource.getRepository(Book).countBy({ kind: 'audio' })).toBe(1);

    const hooli = makeTenant('hooli');
    await registry.homes.prepare(hooli);
    const direct = await registry.directFor(hooli);
    expect(await direct.runMigrations()).toHaveLength(1);
    expect(await direct.runMigrations()).toHaveLength(0);
    for (const tenant of [hooli, acme, hooli]) {
      const alone = await registry.directFor(tenant);
      await alone.query('create index concurrently books_title on books (title)');
      await alone.query('vacuum books');
      expect(
        await alone.query(
          'select indexname from pg_indexes where schemaname = current_schema() and indexname = $1',
          ['books_title'],
        ),
      ).toHaveLength(1);
      await alone.query('drop index concurrently books_title');
    }
    await direct.undoLastMigration();
    expect(await direct.showMigrations()).toBe(true);

    const inPublic = await TenantContext.runAsSystem('test', () =>
      registry.ambient.query(
        "select count(*)::int as n from pg_class where relnamespace = 'public'::regnamespace and relname in ('books', 'migrations')",
      ),
    );
    expect(inPublic).toEqual([{ n: 0 }]);
    await registry.homes.remove(hooli);
    await registry.homes.remove(initech);
  });
});
