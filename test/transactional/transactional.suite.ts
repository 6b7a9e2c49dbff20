import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import {
  DataSourceRegistry,
  TENANT_STORE,
  type Tenant,
  TenantContext,
  type WritableTenantStore,
} from '@rowhouse/nestjs';
import { createTestDatabase, type TestDatabase } from '@rowhouse/testing';
import { DataSource } from 'typeorm';
import {
  deleteDataSourceByName,
  initializeTransactionalContext,
  type StorageDriver,
} from 'typeorm-transactional';
import { dropRoles } from '../support/roles.js';
import { log, Order, OrdersService, ordersApp } from './orders-app.js';

const elsewhere = { code: 'ISOLATION_VIOLATION' };

/** What typeorm-transactional promises, with many tenants. One file for each of its storages: a process keeps the first. */
export function transactionsByStorage(storageDriver: StorageDriver): void {
  let database: TestDatabase;
  let roles: string;
  let app: INestApplication;
  let service: OrdersService;
  let registry: DataSourceRegistry;
  let acme: Tenant;
  let globex: Tenant;

  const as = <T>(tenant: Tenant, work: () => Promise<T>) => TenantContext.run(tenant, work);
  const itemsOf = (tenant: Tenant) => as(tenant, () => service.items());

  beforeAll(async () => {
    database = await createTestDatabase();
    roles = database.name.replace('rowhouse_test', 'transactional');
    initializeTransactionalContext({ storageDriver });
    const rootModule = ordersApp({ url: database.loginUrl, directUrl: database.url, roles });
    app = await NestFactory.create(rootModule, new FastifyAdapter(), { logger: false });
    await app.listen(0, '127.0.0.1');
    service = app.get(OrdersService);
    registry = app.get(DataSourceRegistry);
    const store = app.get<WritableTenantStore>(TENANT_STORE);
    const open = async (slug: string) => {
      const tenant = await store.create({ slug });
      await registry.homes.prepare(tenant);
      await registry.for(tenant).synchronize();
      return tenant;
    };
    acme = await open('acme');
    globex = await open('globex');
  });

  beforeEach(async () => {
    log.length = 0;
    for (const tenant of [acme, globex]) await registry.for(tenant).getRepository(Order).clear();
  });

  afterAll(async () => {
    await app.close();
    deleteDataSourceByName('default');
    await database.drop();
    await dropRoles(roles);
  });

  /** Hooks run in a later turn. */
  const settled = () => new Promise((resolve) => setImmediate(resolve));

  it('commits what a method wrote, and rolls it back when the method fails', async () => {
    await as(acme, () => service.around('tea', () => {}));
    expect(await itemsOf(acme)).toEqual(['tea', 'tea again']);
    await expect(
      as(globex, () =>
        service.around('milk', async () => {
          expect(await service.items()).toEqual(['milk']);
          throw new Error('spilt');
        }),
      ),
    ).rejects.toThrow('spilt');
    expect(await itemsOf(globex)).toEqual([]);
    expect(await itemsOf(acme)).toEqual(['tea', 'tea again']);
  });

  it('calls the hooks, in the context of the tenant', async () => {
    await as(acme, () => service.around('tea', () => {}));
    await expect(
      as(globex, () => service.around('milk', () => Promise.reject(new Error('spilt')))),
    ).rejects.toThrow('spilt');
    await settled();
    expect(log).toEqual([
      'acme: tea committed',
      'acme: tea complete, done',
      'globex: milk rolled back: spilt',
      'globex: milk complete, failed',
    ]);
  });

  it('keeps the transactions of tenants apart that run at the same time', async () => {
    const tenants = [acme, globex, acme, globex];
    await Promise.all(
      tenants.map((tenant, index) =>
        as(tenant, () =>
          service.around(`${tenant.slug} ${index}`, async () => {
            const items = (await service.orders.find()).map(({ item }) => item);
            expect(items).toContain(`${tenant.slug} ${index}`);
            expect(items.every((item) => item.startsWith(tenant.slug))).toBe(true);
          }),
        ),
      ),
    );
    for (const tenant of [acme, globex]) {
      const items = await itemsOf(tenant);
      expect(items).toHaveLength(4);
      expect(items.every((item) => item.startsWith(tenant.slug))).toBe(true);
    }
  });

  it('propagates as it documents', async () => {
    await expect(as(acme, () => service.within('lost'))).rejects.toThrow(/MANDATORY/);
    await as(acme, () => service.outside('alone'));
    await as(acme, () => service.either('either'));
    await expect(
      as(acme, () =>
        service.around('outer', async () => {
          await service.within('within');
          await service.either('joined');
          await service.apart('apart');
          await service.suspended('suspended');
          await service.around('inner', () => {});
          await expect(service.outside('never')).rejects.toThrow(/NEVER/);
          expect(await service.items()).toEqual(
            expect.arrayContaining(['outer', 'within', 'joined', 'inner', 'inner again']),
          );
          throw new Error('undo');
        }),
      ),
    ).rejects.toThrow('undo');
    expect((await itemsOf(acme)).sort()).toEqual(['alone', 'apart', 'either', 'suspended']);
    await as(acme, () => service.around('with', () => service.nested('nested')));
    expect(await itemsOf(acme)).toEqual(expect.arrayContaining(['with', 'nested', 'with again']));
  });

  it('inside a transaction, the data source of another tenant acts for that tenant', async () => {
    await as(acme, () =>
      service.around('tea', async () => {
        const other = registry.for(globex);
        await other.getRepository(Order).save({ item: 'globex by repository' });
        await other.manager.insert(Order, { item: 'globex by manager' });
        await other.transaction((manager) => manager.insert(Order, { item: 'globex by transaction' }));
        await other.query("insert into orders (item) values ('globex by query')");
        expect(await other.createQueryBuilder(Order, 'o').getCount()).toBe(4);
        // The same goes for the tenant itself: what it asks of the registry takes no part in the transaction.
        expect(await registry.for(acme).getRepository(Order).find()).toEqual([]);
        expect(await service.items()).toEqual(['tea']);
      }),
    );
    expect(await itemsOf(acme)).toEqual(['tea', 'tea again']);
    expect(await itemsOf(globex)).toEqual([
      'globex by repository',
      'globex by manager',
      'globex by transaction',
      'globex by query',
    ]);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['a repository that finds', () => service.orders.find()],
    ['a repository that saves', () => service.orders.save({ item: 'stray' })],
    ['the manager', () => service.dataSource.manager.find(Order)],
    ['a query builder', () => service.dataSource.createQueryBuilder(Order, 'o').getMany()],
    ['raw SQL', () => service.dataSource.query('select item from orders')],
    ['a transaction of the manager', () => service.dataSource.manager.transaction(async () => {})],
    ['a method that joins', () => service.around('stray', () => {})],
    ['a method that must join', () => service.within('stray')],
  ])('inside a transaction, %s in the context of another tenant is refused', async (_way, use) => {
    await expect(as(acme, () => service.around('tea', () => as(globex, use)))).rejects.toMatchObject(
      elsewhere,
    );
    const inSystem = () => TenantContext.runAsSystem('test', use);
    await expect(as(acme, () => service.around('tea', inSystem))).rejects.toMatchObject(elsewhere);
    expect(await itemsOf(acme)).toEqual([]);
    expect(await itemsOf(globex)).toEqual([]);
  });

  it('inside a transaction, what begins another one in the context of another tenant acts for that tenant', async () => {
    await as(acme, () =>
      service.around('tea', () =>
        as(globex, async () => {
          await service.apart('globex apart');
          await service.dataSource.transaction((manager) => manager.insert(Order, { item: 'globex direct' }));
          const runner = service.dataSource.createQueryRunner();
          await runner.manager.insert(Order, { item: 'globex by runner' });
          await runner.release();
        }),
      ),
    );
    expect(await itemsOf(acme)).toEqual(['tea', 'tea again']);
    expect(await itemsOf(globex)).toEqual(['globex apart', 'globex direct', 'globex by runner']);
  });

  it('serves requests of many tenants at the same time', async () => {
    const send = async (slug: string, init: RequestInit = {}) =>
      fetch(new URL('/orders', await app.getUrl()), {
        headers: { 'x-tenant-id': slug, 'content-type': 'application/json' },
        ...init,
      });
    const post = (slug: string, items: string[], fails = false) =>
      send(slug, { method: 'POST', body: JSON.stringify({ items, fails }) });
    const answers = await Promise.all([
      post('acme', ['a1', 'a2']),
      post('globex', ['g1', 'g2'], true),
      post('globex', ['g3']),
      post('acme', ['a3'], true),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([201, 500, 201, 500]);
    expect(await (await send('acme')).json()).toEqual(['acme order', 'a1', 'a2', 'acme order again']);
    expect(await (await send('globex')).json()).toEqual(['globex order', 'g3', 'globex order again']);
  });

  it('is a plain data source to whoever asks', () => {
    expect(app.get(DataSource).constructor.name).toBe('DataSource');
    expect(app.get(DataSource)).toBe(registry.ambient);
  });
}
