/** @suite postgres15 */
import { type Tenant, TenantContext } from '@rowhouse/core';
import { createTestDatabase, type TestDatabase } from '@rowhouse/testing';
import {
  Column,
  DataSource,
  DeleteDateColumn,
  Entity,
  ManyToOne,
  OneToMany,
  PrimaryGeneratedColumn,
  type Relation,
} from 'typeorm';
import { makeTenant } from '../../../../test/support/tenants.js';
import { type ScopableQueryBuilder, scopeToTenant } from './scope-to-tenant.js';

@Entity('Orders')
class Order {
  @PrimaryGeneratedColumn() id!: number;
  @Column() title!: string;
  @Column({ name: 'tenant_id', type: 'uuid' }) tenantId!: string;
  @OneToMany(
    () => Line,
    (line) => line.order,
  )
  lines!: Line[];
  @DeleteDateColumn() deletedAt!: Date | null;
}

@Entity('lines')
class Line {
  @PrimaryGeneratedColumn() id!: number;
  @Column() text!: string;
  @Column({ name: 'tenant_id', type: 'uuid' }) tenantId!: string;
  @ManyToOne(
    () => Order,
    (order) => order.lines,
  )
  order!: Relation<Order>;
}

const acme = makeTenant('acme');
const globex = makeTenant('globex');
let database: TestDatabase;
let dataSource: DataSource;

beforeAll(async () => {
  database = await createTestDatabase();
  dataSource = await new DataSource({
    type: 'postgres',
    url: database.url,
    entities: [Order, Line],
  }).initialize();
  await dataSource.synchronize();
});

afterAll(async () => {
  await dataSource.destroy();
  await database.drop();
});

beforeEach(async () => {
  await dataSource.query('truncate "Orders", lines restart identity cascade');
  for (const { id: tenantId, slug } of [acme, globex]) {
    const orders = await dataSource.getRepository(Order).save([
      { title: `${slug} 1`, tenantId },
      { title: `${slug} 2`, tenantId },
    ]);
    // A line in the wrong hands: only the scope of its own table keeps it out.
    await dataSource.getRepository(Line).save([
      { text: slug, tenantId, order: orders[0] },
      { text: 'stray', tenantId: tenantId === acme.id ? globex.id : acme.id, order: orders[0] },
    ]);
  }
});

const orders = () => dataSource.getRepository(Order).createQueryBuilder('Order');
const titles = (rows: readonly Order[]) => rows.map(({ title }) => title).sort();
const titlesOf = async ({ id }: Tenant) =>
  titles(await dataSource.getRepository(Order).findBy({ tenantId: id }));

describe('scopeToTenant', () => {
  it('confines a select, whatever its conditions and wherever they are added', () =>
    TenantContext.run(acme, async () => {
      const before = orders().where('Order.id > 0').orWhere('true');
      expect(titles(await scopeToTenant(before).getMany())).toEqual(['acme 1', 'acme 2']);
      const after = scopeToTenant(orders()).where('Order.id > 0').orWhere('true');
      expect(titles(await after.getMany())).toEqual(['acme 1', 'acme 2']);
      expect(await scopeToTenant(orders()).getCount()).toBe(2);
    }));

  it('confines joined rows in the join, pages included', () =>
    TenantContext.run(acme, async () => {
      const query = scopeToTenant(
        scopeToTenant(
          orders().leftJoinAndSelect('Order.lines', 'line', 'line.id > 0').orderBy('Order.id').take(5),
        ),
        'line',
      );
      const [rows, total] = await query.getManyAndCount();
      expect(total).toBe(2);
      expect(rows.map(({ lines }) => lines.map(({ text }) => text))).toEqual([['acme'], []]);
      const strays = orders().leftJoinAndSelect('Order.lines', 'line', 'line.text = :text', {
        text: 'stray',
      });
      const own = await scopeToTenant(scopeToTenant(strays, 'line')).getMany();
      expect(own.map(({ lines }) => lines)).toEqual([[], []]);
    }));

  it('confines updates and deletes, soft ones too', async () => {
    await TenantContext.run(acme, async () => {
      const update = scopeToTenant(
        orders().update().set({ title: 'changed' }).where('id > 0').orWhere('true'),
      );
      expect((await update.execute()).affected).toBe(2);
      expect((await scopeToTenant(orders().softDelete()).execute()).affected).toBe(2);
      expect((await scopeToTenant(orders().restore()).execute()).affected).toBe(2);
      await scopeToTenant(
        dataSource.createQueryBuilder().delete().from(Line).where('text = :t', { t: 'acme' }),
      ).execute();
      await scopeToTenant(dataSource.createQueryBuilder().delete().from(Line)).execute();
    });
    expect(await titlesOf(globex)).toEqual(['globex 1', 'globex 2']);
    expect(await dataSource.getRepository(Line).countBy({ tenantId: globex.id })).toBe(2);
    expect(await dataSource.getRepository(Line).count()).toBe(2);
  });

  it('gives inserted rows their tenant', () =>
    TenantContext.run(globex, async () => {
      await scopeToTenant(
        orders()
          .insert()
          .values([{ title: 'a' }, { title: 'b' }]),
      ).execute();
      await scopeToTenant(
        dataSource.createQueryBuilder().insert().into('lines').values({ text: 'c' }),
      ).execute();
      expect(await titlesOf(globex)).toEqual(['a', 'b', 'globex 1', 'globex 2']);
      expect(await dataSource.getRepository(Line).countBy({ text: 'c', tenantId: globex.id })).toBe(1);
    }));

  it('inserts into a table without an entity', () =>
    TenantContext.run(globex, async () => {
      await dataSource
        .query('create temporary table notes (text text, tenant_id uuid)')
        .catch(() => undefined);
      const insert = dataSource.createQueryBuilder().insert().into('notes').values({ text: 'x' });
      expect(scopeToTenant(insert).getQueryAndParameters()[1]).toContain(globex.id);
    }));

  it.each([
    ['an insert', () => orders().insert().values({ title: 'x', tenantId: globex.id })],
    ['an update', () => orders().update().set({ tenantId: globex.id })],
  ])('refuses %s that names another tenant', (_kind, build) => {
    const scope = () => TenantContext.run(acme, () => scopeToTenant<ScopableQueryBuilder>(build()));
    expect(scope).toThrow(expect.objectContaining({ code: 'ISOLATION_VIOLATION' }));
  });

  it('refuses an upsert, whose conflict could be with another tenant', () => {
    const upsert = () => orders().insert().values({ id: 1, title: 'x' }).orUpdate(['title'], ['id']);
    expect(() => TenantContext.run(acme, () => scopeToTenant(upsert()))).toThrow(
      expect.objectContaining({ code: 'STATEMENT_REFUSED' }),
    );
  });

  it('refuses what it cannot scope', () =>
    TenantContext.run(acme, () => {
      expect(() => scopeToTenant(orders(), 'nobody')).toThrow(/no alias "nobody"/);
      expect(() => scopeToTenant(orders().insert())).toThrow(/values\(\) before/);
      expect(() => scopeToTenant(orders().relation(Order, 'lines') as never)).toThrow(/"relation"/);
    }));

  it('throws outside a tenant', () => {
    expect(() => scopeToTenant(orders())).toThrow(
      expect.objectContaining({ code: 'TENANT_CONTEXT_MISSING' }),
    );
    TenantContext.runAsSystem('test', () =>
      expect(() => scopeToTenant(orders())).toThrow(
        expect.objectContaining({ code: 'TENANT_CONTEXT_MISSING' }),
      ),
    );
  });
});
