/** @suite postgres15 */
import { TenantContext } from '@rowhouse/core';
import type { TestDatabase } from '@rowhouse/testing';
import { DataSourceRegistry, openTenantDataSource } from '@rowhouse/typeorm';
import pg from 'pg';
import { type DataSource, In, type QueryRunner } from 'typeorm';
import { SharedMemoryCache } from '../support/shared-memory-cache.js';
import { Book, shop } from '../support/shop.js';
import { createFleetDatabase, type FleetMember, fleet, resetFleet } from './fleet.js';

const [one, two] = fleet as readonly [FleetMember, FleetMember];

let database: TestDatabase;
let admin: pg.Pool;
let ambient: DataSource;
let registry: DataSourceRegistry;

beforeAll(async () => {
  database = await createFleetDatabase();
  admin = new pg.Pool({ connectionString: database.url, max: 1 });
});

beforeEach(() => resetFleet(admin));

afterEach(async () => {
  await registry.close();
  await ambient.destroy();
});

afterAll(async () => {
  await admin.end();
  await database.drop();
});

async function open(cache: 'table' | 'memory') {
  ambient = await openTenantDataSource({
    type: 'postgres',
    url: database.loginUrl,
    poolSize: 4,
    cache: cache === 'table' || { provider: () => new SharedMemoryCache() },
    ...shop,
  });
  registry = new DataSourceRegistry({ ambient, directUrl: database.url });
}

/** Read through the cache, under a name and a text that are the same for all. */
async function firstTitle(dataSource: DataSource, runner?: QueryRunner): Promise<string | undefined> {
  const books = dataSource.createQueryBuilder(Book, 'book', runner).orderBy('book.id');
  return (await books.cache('all-books', 1_000_000_000).getMany())[0]?.title;
}

const resultsIn = async ({ tenant }: FleetMember) =>
  (await registry.for(tenant).query('select result from "query-result-cache"')) as Array<{ result: string }>;

describe.each(['table', 'memory'] as const)('cached results, kept in one %s', (cache) => {
  it('belong to the tenant of the connection they were read through, whoever’s context it is used in', async () => {
    await open(cache);
    const runner = registry.for(one.tenant).createQueryRunner();
    await TenantContext.run(two.tenant, async () => {
      expect(await firstTitle(ambient, runner)).toBe('house-01 first');
      expect(await firstTitle(ambient)).toBe('house-02 first');
    });
    await runner.release();
    expect(await TenantContext.run(one.tenant, () => firstTitle(ambient))).toBe('house-01 first');
  });

  it('are not shown through a query runner of the ambient data source in another tenant’s context', async () => {
    await open(cache);
    const runner = TenantContext.run(one.tenant, () => ambient.createQueryRunner());
    expect(await firstTitle(ambient, runner)).toBe('house-01 first');
    await expect(TenantContext.run(two.tenant, () => firstTitle(ambient, runner))).rejects.toMatchObject({
      code: 'ISOLATION_VIOLATION',
    });
    await runner.release();
  });

  it('are kept and forgotten by a data source of the registry without any context', async () => {
    await open(cache);
    const ones = registry.for(one.tenant);
    expect(await firstTitle(ones)).toBe('house-01 first');
    await ones.getRepository(Book).update({ kind: In(['paper', 'audio']) }, { title: 'house-01 renamed' });
    expect(await firstTitle(ones)).toBe('house-01 first');
    await ones.queryResultCache?.remove(['all-books']);
    expect(await firstTitle(ones)).toBe('house-01 renamed');
  });

  it('are kept and forgotten by a data source of the registry in another tenant’s context', async () => {
    await open(cache);
    const ones = registry.for(one.tenant);
    await TenantContext.run(two.tenant, async () => {
      expect(await firstTitle(ambient)).toBe('house-02 first');
      expect(await firstTitle(ones)).toBe('house-01 first');
      await registry
        .for(two.tenant)
        .getRepository(Book)
        .update({ kind: In(['paper', 'audio']) }, { title: 'house-02 renamed' });
      await ones.queryResultCache?.remove(['all-books']);
      expect(await firstTitle(ambient)).toBe('house-02 first');
    });
  });
});

it('writes the cached result of a tenant into its own schema and no other', async () => {
  await open('table');
  await TenantContext.run(two.tenant, () => firstTitle(registry.for(one.tenant)));
  expect(await resultsIn(two)).toEqual([]);
  expect(await resultsIn(one)).toEqual([{ result: expect.stringContaining('house-01 first') }]);
});
