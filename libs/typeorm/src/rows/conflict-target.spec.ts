/** @suite postgres15 typeorm03 */
import { BaseEntity, Column, DataSource, Entity, Index, PrimaryColumn, Unique } from 'typeorm';
import { acme, type Bookshop, globex, openBookshop, Publisher } from './bookshop.fixture.js';
import { TenantColumn } from './tenant-column.js';
import { TenantEntity, TenantUnique } from './tenant-entity.decorator.js';

@TenantEntity('articles')
@TenantUnique('sku')
@TenantUnique('shelf', 'place')
class Article extends BaseEntity {
  @PrimaryColumn('uuid') id!: string;
  @Column({ name: 'stock_unit' }) sku!: string;
  @Column() shelf!: number;
  @Column() place!: number;
  @Column({ unique: true }) code!: string;
}

@TenantEntity('drafts')
@Index(['owner', 'title'], { unique: true })
class Draft {
  @TenantColumn() owner!: string;
  @PrimaryColumn() id!: number;
  @Column() title!: string;
}

@Entity('countries')
@Unique(['name'])
class Country {
  @PrimaryColumn() code!: string;
  @Column() name!: string;
}

/** Builds statements, and sends none. */
async function unconnected(): Promise<DataSource> {
  const dataSource = new DataSource({ type: 'postgres', entities: [Article, Draft, Country] });
  await (dataSource as unknown as { buildMetadatas(): Promise<void> }).buildMetadatas();
  return dataSource;
}

describe('the conflict target of an upsert', () => {
  let dataSource: DataSource;
  beforeAll(async () => {
    dataSource = await unconnected();
  });

  const targetOf = (entity: new () => object, conflict: string[]) => {
    const sql = dataSource
      .createQueryBuilder()
      .insert()
      .orUpdate(['name'], conflict)
      .into(entity)
      .values({})
      .getQuery();
    return /ON CONFLICT \( (.*?) \)/.exec(sql)?.[1];
  };

  it.each<[string, new () => object, string[], string]>([
    ['a constraint within a tenant', Article, ['stock_unit'], '"tenant_id", "stock_unit"'],
    ['one of several columns, in any order', Article, ['place', 'shelf'], '"tenant_id", "place", "shelf"'],
    ['a unique index led by the tenant', Draft, ['title'], '"tenant_id", "title"'],
  ])('gets the tenant: %s', (_, entity, conflict, target) => {
    expect(targetOf(entity, conflict)).toBe(target);
  });

  it.each<[string, new () => object, string[], string]>([
    ['the tenant is named', Article, ['stock_unit', 'tenant_id'], '"stock_unit", "tenant_id"'],
    ['a primary key', Article, ['id'], '"id"'],
    ['what is unique over all tenants', Article, ['code'], '"code"'],
    ['a part of a constraint', Article, ['shelf'], '"shelf"'],
    ['an entity that all tenants share', Country, ['name'], '"name"'],
  ])('stays as it is: %s', (_, entity, conflict, target) => {
    expect(targetOf(entity, conflict)).toBe(target);
  });

  it('stays the same when a statement is built twice, and the name of a constraint stays one', () => {
    const builder = dataSource.createQueryBuilder().insert().into(Article).values({ sku: 'a' });
    builder.orUpdate(['shelf'], ['stock_unit']);
    for (let time = 0; time < 2; time += 1)
      expect(builder.getQuery()).toContain('ON CONFLICT ( "tenant_id", "stock_unit" )');
    builder.orUpdate(['shelf'], 'articles_sku');
    expect(builder.getQuery()).toContain('ON CONFLICT ON CONSTRAINT "articles_sku"');
  });
});

describe('an upsert on what is unique within a tenant', () => {
  let shop: Bookshop;
  beforeAll(async () => {
    shop = await openBookshop();
    await shop.secure();
  });
  afterAll(() => shop.close());

  it.each([
    ['acme', acme],
    ['globex', globex],
  ])('inserts and updates the rows of one tenant: %s', (_, tenant) =>
    shop.asTenant(tenant, async (manager) => {
      const press = { name: 'The Press' };
      await manager.upsert(Publisher, press, ['name']);
      await manager
        .getRepository(Publisher)
        .upsert([press, { name: 'The Shed' }], { conflictPaths: { name: true } });
      await manager
        .createQueryBuilder()
        .insert()
        .into(Publisher)
        .values(press)
        .orUpdate(['name'], ['name'], { skipUpdateIfNoValuesChanged: true })
        .execute();
      const found = await manager.find(Publisher, { order: { name: 'ASC' } });
      expect(found.map(({ name }) => name)).toEqual(['The Press', 'The Shed']);
    }),
  );
});
