/** @suite postgres15 */
import { TenantContext } from '@rowhouse/core';
import type { TestDatabase } from '@rowhouse/testing';
import { DataSourceRegistry, openTenantDataSource } from '@rowhouse/typeorm';
import pg from 'pg';
import { type DataSource, In, type QueryRunner } from 'typeorm';
import { entryTo } from '../../libs/core/src/entries/entry.fixture.js';
import { SharedMemoryCache } from '../support/shared-memory-cache.js';
import { Author, Book, Review, shop } from '../support/shop.js';
import { createFleetDatabase, type FleetMember, fleet, resetFleet } from './fleet.js';

const isolations = ['schema', 'row', 'database'] as const;
const memberOf = (isolation: string) =>
  fleet.find(({ tenant }) => tenant.isolation === isolation) as FleetMember;

let database: TestDatabase;
let admin: pg.Pool;
let ambient: DataSource;
let registry: DataSourceRegistry;

beforeAll(async () => {
  database = await createFleetDatabase();
  admin = new pg.Pool({ connectionString: database.url, max: 1 });
});
beforeEach(async () => {
  await resetFleet(admin);
});
afterEach(async () => {
  await registry.close();
  await ambient.destroy();
});
afterAll(async () => {
  await admin.end();
  await database.drop();
});

async function open(cache: boolean | 'memory' = false) {
  ambient = await openTenantDataSource({
    type: 'postgres',
    url: database.loginUrl,
    poolSize: 4,
    cache: cache === 'memory' ? { provider: () => new SharedMemoryCache() } : cache,
    ...shop,
  });
  Book.useDataSource(ambient);
  Author.useDataSource(ambient);
  registry = new DataSourceRegistry({ ambient, directUrl: database.url });
}

const ALL = { kind: In(['paper', 'audio']) };

/** Each writes, in a way of TypeORM's. */
const WRITES: Readonly<Record<string, (source: DataSource, { tenant }: FleetMember) => Promise<unknown>>> = {
  'a new active record': () => Object.assign(new Author(), { name: 'smuggled' }).save(),
  'an active record that was read': async () => {
    const book = await Book.findOneByOrFail(ALL);
    return Object.assign(book, { title: 'smuggled' }).save();
  },
  'a static method of an active record': () => Book.update(ALL, { title: 'smuggled' }),
  'a removed active record': async () => (await Book.findOneByOrFail(ALL)).remove(),
  'save of a repository': (source) => source.getRepository(Author).save({ name: 'smuggled' }),
  'insert of a repository': (source) => source.getRepository(Author).insert({ name: 'smuggled' }),
  'upsert of a repository': (source) => source.getRepository(Author).upsert({ name: 'smuggled' }, ['name']),
  'delete of a repository': (source) => source.getRepository(Review).delete({ text: In(['a', 'b']) }),
  'clear of a repository': (source) => source.getRepository(Review).clear(),
  'an update of a query builder': (source) =>
    source.createQueryBuilder().update(Book).set({ title: 'smuggled' }).execute(),
  'a delete of a query builder': (source) => source.createQueryBuilder().delete().from(Review).execute(),
  'a pessimistic lock': (source) =>
    source.transaction((manager) => manager.find(Author, { lock: { mode: 'pessimistic_write' } })),
  'the entity manager': (source) => source.manager.insert(Author, { name: 'smuggled' }),
  'a raw query': (source) => source.query("insert into authors (name) values ('smuggled')"),
  'a transaction': (source) => source.transaction((manager) => manager.insert(Author, { name: 'smuggled' })),
  'a nested transaction': (source) =>
    source.transaction(async (outer) => {
      await outer.transaction((inner) => inner.find(Author)).catch(() => {});
      await outer.insert(Author, { name: 'smuggled' });
    }),
  'a query runner': async (source) => {
    const runner = source.createQueryRunner();
    try {
      await runner.startTransaction();
      await runner.query("insert into authors (name) values ('smuggled')");
      await runner.commitTransaction();
    } finally {
      await runner.release();
    }
  },
  'a data source of the registry': (_, { tenant }) =>
    registry.for(tenant).getRepository(Author).insert({ name: 'smuggled' }),
  'a schema change': (source) => source.synchronize(),
  migrations: (source) => source.undoLastMigration(),
};

describe.each(isolations)('under an entry that only reads, into a tenant of isolation %s', (isolation) => {
  const member = memberOf(isolation);
  const { tenant, mark } = member;
  const read = () =>
    TenantContext.run(tenant, async () => [
      await ambient.getRepository(Author).find({ order: { id: 'asc' } }),
      await ambient.getRepository(Book).find({ order: { id: 'asc' } }),
      await ambient.getRepository(Review).find({ order: { id: 'asc' } }),
    ]);

  it.each(Object.keys(WRITES))('%s writes nothing', async (name) => {
    await open();
    const before = JSON.stringify(await read());
    const writing = TenantContext.run(tenant, async () => WRITES[name]?.(ambient, member), {
      entry: entryTo(tenant),
    });
    await expect(writing).rejects.toThrow();
    expect(JSON.stringify(await read())).toBe(before);
  });

  it('an entry that may write does, in its tenant', async () => {
    await open();
    const entry = entryTo(tenant, { readOnly: false });
    await TenantContext.run(tenant, () => ambient.getRepository(Author).insert({ name: `${mark} new` }), {
      entry,
    });
    expect(JSON.stringify(await read())).toContain(`${mark} new`);
  });

  it.each([true, 'memory'] as const)('cached results (%s) are neither shown nor kept', async (cache) => {
    await open(cache);
    const first = async () =>
      (
        await ambient.createQueryBuilder(Book, 'book').orderBy('book.id').cache('first', 1_000_000).getMany()
      )[0]?.title;
    const asUser = () => TenantContext.run(tenant, first);
    const entry = entryTo(tenant);
    const asOperator = () => TenantContext.run(tenant, first, { entry });
    const title = await asOperator();
    const rename = (to: string) =>
      TenantContext.run(tenant, () => ambient.getRepository(Book).update(ALL, { title: to }));
    await rename(`${mark} second`);
    expect(await asUser()).toBe(`${mark} second`);
    await rename(`${mark} third`);
    expect([title, await asUser(), await asOperator()]).toEqual([
      expect.any(String),
      `${mark} second`,
      `${mark} third`,
    ]);
    entry.end();
    await expect(asOperator()).rejects.toThrow();
  });

  it('a query runner stays with those for whom it was made', async () => {
    await open();
    const violation = { code: 'ISOLATION_VIOLATION' };
    const use = (runner: QueryRunner) => runner.query('select 1');
    const theirs = TenantContext.run(tenant, () => ambient.createQueryRunner());
    const own = TenantContext.run(tenant, () => ambient.createQueryRunner(), { entry: entryTo(tenant) });
    await expect(
      TenantContext.run(tenant, () => use(theirs), { entry: entryTo(tenant) }),
    ).rejects.toMatchObject(violation);
    await expect(TenantContext.run(tenant, () => use(own))).rejects.toMatchObject(violation);
    await TenantContext.run(tenant, () => use(theirs));
    for (const runner of [theirs, own]) await runner.release();
  });
});
