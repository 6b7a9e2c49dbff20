import { TenantContext, type TenantIsolation } from '@rowhouse/core';
import type { DataSourceRegistry } from '@rowhouse/typeorm';
import type { EntityManager, FindManyOptions } from 'typeorm';
import type { Battle } from '../attack.js';
import { Order, Product } from '../entities.js';

/** An application of one tenant, with all that its code and its input can reach through TypeORM. */
export interface OrmBattle extends Battle {
  readonly registry: DataSourceRegistry;
  /** Of the data source that follows the context. */
  readonly manager: EntityManager;
  asVictim<T>(work: () => Promise<T>): Promise<T>;
}

export interface OrmAttack {
  readonly name: string;
  /** Runs in the attacker's context. Its result or error is what the attacker sees. */
  readonly run: (battle: OrmBattle) => Promise<unknown>;
  readonly modes?: readonly TenantIsolation[];
}

const attack = (name: string, run: OrmAttack['run'], modes?: OrmAttack['modes']): OrmAttack => ({
  name,
  run,
  modes,
});
const ROW = ['row'] as const;

/** Input that an application passes on as find options. */
const find = (manager: EntityManager, options: object) =>
  manager.find(Product, options as FindManyOptions<Product>);

const read = [
  attack(
    'a find by the key of the victim',
    ({ manager, victim }) => manager.findBy(Product, { id: victim.productId }),
    ROW,
  ),
  attack('a find by the id of the victim', ({ manager, victim }) =>
    manager.findBy(Product, { tenantId: victim.tenant.id }),
  ),
  attack('a find with deleted rows', ({ manager }) =>
    manager.find(Product, { withDeleted: true, relations: { orders: true } }),
  ),
  attack('a column of order from input', ({ manager, at }) =>
    find(manager, { order: { [`(select max(secret) from ${at('products')})`]: 'ASC' } }),
  ),
  attack('a direction of order from input', ({ manager, at }) =>
    find(manager, { order: { id: `ASC, (select max(secret) from ${at('products')})` } }),
  ),
  attack('a condition whose column is input', ({ manager }) =>
    find(manager, { where: { 'id" is not null or "Product"."id': 1 } }),
  ),
  attack('a condition whose value is an object', ({ manager }) =>
    find(manager, { where: { sku: { $ne: '' } } }),
  ),
  attack('a selection from input', ({ manager, at }) =>
    find(manager, { select: { [`id", (select max(secret) from ${at('products')}) as "x`]: true } }),
  ),
  attack('a relation from input', ({ manager }) =>
    find(manager, { relations: { 'orders" cross join "pg_authid': true } }),
  ),
  attack('a comment from input', ({ manager, at }) =>
    find(manager, { comment: `*/ 1; select * from ${at('products')} /*` }),
  ),
  attack('a limit from input', ({ manager, at }) =>
    find(manager, { take: `1 union select * from ${at('products')}` }),
  ),
  attack('a value with quotes', ({ manager }) => manager.findBy(Product, { sku: `x' or 'a' = 'a` })),
  attack('a condition put together from input', ({ manager, at }) =>
    manager
      .createQueryBuilder(Product, 'p')
      .where(`p.sku = 'x' or exists (select from ${at('products')})`)
      .getMany(),
  ),
  attack('an order of a builder from input', ({ manager, at }) =>
    manager
      .createQueryBuilder(Product, 'p')
      .orderBy(`(select max(secret) from ${at('products')})`)
      .getMany(),
  ),
  attack('a grouping of a builder from input', ({ manager }) =>
    manager.createQueryBuilder(Product, 'p').select('count(*)').groupBy('tenant_id').getRawMany(),
  ),
  attack('a table of a builder from input', ({ manager, at }) =>
    manager.createQueryBuilder().select('*').from(at('products'), 'p').getRawMany(),
  ),
  attack('a parameter that changes the tenant', ({ manager, victim }) =>
    manager
      .createQueryBuilder(Product, 'p')
      .where('p.tenantId = :tenant', { tenant: victim.tenant.id })
      .getMany(),
  ),
  attack('SQL put together from input', ({ manager, at }) =>
    manager.query(`select * from products where sku = '' union all select * from ${at('products')} --'`),
  ),
  attack('several statements put together from input', ({ manager, at }) =>
    manager.query(`select 1; select * from ${at('products')}`),
  ),
  attack('a stream', async ({ manager }) => {
    const heard: unknown[] = [];
    for await (const row of await manager.createQueryBuilder(Product, 'p').stream()) heard.push(row);
    return heard;
  }),
];

const write = [
  attack(
    'an insert for the victim',
    ({ manager, victim }) =>
      manager.insert(Product, { sku: 'planted', secret: 'planted', tenantId: victim.tenant.id }),
    ROW,
  ),
  attack(
    'a save for the victim',
    ({ manager, victim }) =>
      manager.save(Product, { sku: 'planted', secret: 'planted', tenantId: victim.tenant.id }),
    ROW,
  ),
  attack(
    "a save of the victim's key",
    ({ manager, victim }) => manager.save(Product, { id: victim.productId, sku: 'taken', secret: 'taken' }),
    ROW,
  ),
  attack(
    'an update by key',
    ({ manager, victim }) => manager.update(Product, victim.productId, { secret: 'taken' }),
    ROW,
  ),
  attack(
    'an update of the tenant',
    ({ manager, victim }) => manager.update(Order, {}, { tenantId: victim.tenant.id } as never),
    ROW,
  ),
  attack('an update of all rows', ({ manager }) =>
    manager.createQueryBuilder().update(Product).set({ secret: 'taken' }).returning('*').execute(),
  ),
  attack(
    'an increment by key',
    ({ manager, victim }) => manager.increment(Product, { id: victim.productId }, 'id', 1_000_000),
    ROW,
  ),
  attack('a delete by key', ({ manager, victim }) => manager.delete(Product, victim.productId), ROW),
  attack('a soft delete by key', ({ manager, victim }) => manager.softDelete(Product, victim.productId), ROW),
  attack('a soft delete and a restore of all', async ({ manager }) => [
    await manager.softDelete(Product, { deletedAt: null as never }),
    await manager.restore(Product, {}),
  ]),
  attack(
    "an upsert onto the victim's key",
    ({ manager, victim }) =>
      manager.upsert(Product, { id: victim.productId, sku: 'taken', secret: 'taken' }, ['id']),
    ROW,
  ),
  attack(
    "an upsert onto the victim's unique value",
    ({ manager, victim }) =>
      manager
        .createQueryBuilder()
        .insert()
        .into(Product)
        .values({ sku: `${victim.tenant.slug}-sku`, secret: 'taken' })
        .orUpdate(['secret'], ['sku'])
        .returning('*')
        .execute(),
    ROW,
  ),
  attack(
    'an upsert that does nothing',
    ({ manager, victim }) =>
      manager
        .createQueryBuilder()
        .insert()
        .into(Product)
        .values({ sku: `${victim.tenant.slug}-sku`, secret: 'taken' })
        .orIgnore()
        .returning('*')
        .execute(),
    ROW,
  ),
  attack('clear()', ({ manager }) => manager.clear(Order), ROW),
  attack(
    "an entity of the victim's, changed and saved",
    async ({ manager, asVictim, victim }) => {
      const theirs = await asVictim(() => manager.findOneByOrFail(Product, { id: victim.productId }));
      await manager.save(Object.assign(theirs, { secret: 'taken', sku: 'taken' }));
    },
    ROW,
  ),
  attack(
    "an entity of the victim's, removed",
    async ({ manager, asVictim, victim }) => {
      const theirs = await asVictim(() => manager.findOneByOrFail(Product, { id: victim.productId }));
      await manager.remove(theirs);
    },
    ROW,
  ),
];

const kept = [
  attack("a lazy relation of the victim's entity", async ({ manager, asVictim, victim }) => {
    const theirs = await asVictim(() => manager.findOneByOrFail(Product, { id: victim.productId }));
    return theirs.orders;
  }),
  attack(
    "a lazy relation set to the victim's key",
    async ({ manager, victim }) => {
      const order = manager.create(Order, { secret: 'mine' });
      order.product = Promise.resolve({ id: victim.productId } as Product);
      const saved = await manager.save(order);
      const loaded = await manager.findOneByOrFail(Order, { id: saved.id });
      const product = await loaded.product;
      await manager.delete(Order, saved.id);
      return product;
    },
    ROW,
  ),
  attack(
    "a relation of a builder set to the victim's key",
    async ({ manager, victim }) => {
      const { id } = await manager.save(Order, { secret: 'mine' });
      await manager.createQueryBuilder().relation(Order, 'product').of(id).set(victim.productId);
      const joined = await manager.find(Order, { where: { id }, relations: { product: true } });
      const product = await joined[0]?.product;
      await manager.delete(Order, id);
      return product;
    },
    ROW,
  ),
  attack('a query runner kept from another tenant', async ({ registry, asVictim }) => {
    const runner = registry.ambient.createQueryRunner();
    await asVictim(() => runner.connect() as Promise<unknown>);
    await runner.release();
    return runner.query('select * from products');
  }),
  attack('a query runner taken along to another tenant', async ({ registry, asVictim }) => {
    const runner = registry.ambient.createQueryRunner();
    await runner.connect();
    try {
      return await asVictim(() => runner.query('select * from products'));
    } finally {
      await runner.release();
    }
  }),
  attack('a manager kept from a transaction of the victim', async ({ manager, asVictim }) => {
    const theirs = await asVictim(() => manager.transaction(async (inner) => inner));
    return theirs.find(Product);
  }),
  attack('a transaction left open by a query runner', async ({ registry }) => {
    const runner = registry.ambient.createQueryRunner();
    await runner.startTransaction();
    await runner.query("insert into orders (secret) values ('open')");
    await runner.release();
  }),
  attack("an own data source in the victim's context", ({ registry, asVictim, attacker }) =>
    asVictim(() => registry.for(attacker.tenant).manager.find(Product)),
  ),
  attack('a result the victim has cached', async ({ manager, asVictim }) => {
    const ask = () => manager.find(Product, { cache: true });
    await asVictim(ask);
    return ask();
  }),
  attack('a result the victim has cached under a name', async ({ manager, asVictim }) => {
    const ask = () => manager.find(Product, { cache: { id: 'all', milliseconds: 60_000 } });
    await asVictim(ask);
    return ask();
  }),
  attack("a name in the cache that begins with the victim's id", async ({ manager, asVictim, victim }) => {
    await asVictim(() => manager.find(Product, { cache: { id: 'all', milliseconds: 60_000 } }));
    return manager.find(Product, { cache: { id: `${victim.tenant.id} all`, milliseconds: 60_000 } });
  }),
  attack('work that goes on after its context', async ({ manager, asVictim }) => {
    const later = await asVictim(async () => ({ find: () => manager.find(Product) }));
    return later.find();
  }),
  attack('a callback of the attacker, bound to it, called by the victim', ({ manager, asVictim }) => {
    const mine = TenantContext.bind(() => manager.find(Product));
    return asVictim(mine);
  }),
];

export const ormAttacks: readonly OrmAttack[] = [...read, ...write, ...kept];
