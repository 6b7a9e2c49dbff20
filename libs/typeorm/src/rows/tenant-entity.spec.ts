/** @suite postgres15 */
import { ChildEntity, Column, DataSource, Entity, PrimaryGeneratedColumn, TableInheritance } from 'typeorm';
import { TenantColumn } from './tenant-column.js';
import { isTenantEntity, TenantEntity, TenantIndex, TenantUnique } from './tenant-entity.decorator.js';
import { tenantTables } from './tenant-tables.js';

abstract class Owned {
  @TenantColumn() owner!: string;
}

@TenantUnique('sku')
@TenantEntity('articles', { comment: 'what is sold' })
@TenantIndex('price', 'sku')
class Article {
  @PrimaryGeneratedColumn() id!: number;
  @Column() sku!: string;
  @Column() price!: number;
}

@TenantEntity()
class SpecialArticle extends Article {
  @Column() offer!: string;
}

@Entity()
class PlainArticle extends Article {}

@TenantIndex('name')
@TenantEntity()
class Customer extends Owned {
  @PrimaryGeneratedColumn() id!: number;
  @Column() name!: string;
}

@TenantEntity()
@TableInheritance({ column: { name: 'kind', type: 'varchar' } })
class Vehicle {
  @PrimaryGeneratedColumn() id!: number;
}

@ChildEntity()
class Car extends Vehicle {
  @Column() doors!: number;
}

@Entity()
class Country {
  @PrimaryGeneratedColumn() id!: number;
}

/** Metadata is built before a connection is opened. */
async function buildMetadata() {
  const dataSource = new DataSource({
    type: 'postgres',
    entities: [Article, SpecialArticle, PlainArticle, Customer, Vehicle, Car, Country],
  });
  await (dataSource as unknown as { buildMetadatas(): Promise<void> }).buildMetadatas();
  return dataSource;
}

async function metadataOf(entity: new () => object) {
  return (await buildMetadata()).getMetadata(entity);
}

const keysOf = (keys: ReadonlyArray<{ columns: ReadonlyArray<{ databaseName: string }> }>) =>
  keys.map(({ columns }) => columns.map(({ databaseName }) => databaseName).join());

describe('@TenantEntity', () => {
  it('is an entity like any other', async () => {
    const { tableName, comment } = await metadataOf(Article);
    expect({ tableName, comment }).toEqual({ tableName: 'articles', comment: 'what is sold' });
  });

  it.each([Article, SpecialArticle, PlainArticle, Vehicle, Car])(
    'gives %p one hidden, indexed column',
    async (entity) => {
      const metadata = await metadataOf(entity);
      const columns = metadata.columns.filter(({ databaseName }) => databaseName === 'tenant_id');
      expect(columns).toHaveLength(1);
      expect(columns[0]).toMatchObject({ type: 'uuid', isNullable: false, isSelect: false, isVirtual: true });
      expect(keysOf(metadata.indices).filter((key) => key === 'tenant_id')).toHaveLength(1);
      expect(isTenantEntity(metadata)).toBe(true);
    },
  );

  it('uses the column that a parent declares', async () => {
    const metadata = await metadataOf(Customer);
    const columns = metadata.columns.filter(({ databaseName }) => databaseName === 'tenant_id');
    expect(columns.map(({ propertyName, isSelect }) => ({ propertyName, isSelect }))).toEqual([
      { propertyName: 'owner', isSelect: true },
    ]);
    expect(keysOf(metadata.indices).sort()).toEqual(['tenant_id', 'tenant_id,name']);
  });

  it('leads composite indexes and constraints with the tenant', async () => {
    const metadata = await metadataOf(Article);
    expect(keysOf(metadata.indices)).toContain('tenant_id,price,sku');
    expect(keysOf(metadata.uniques)).toEqual(['tenant_id,sku']);
  });

  it('counts a table once, however many classes are in it', async () => {
    const names = tenantTables(await buildMetadata()).map(({ name }) => name);
    expect(names).toEqual(['articles', 'special_article', 'plain_article', 'customer', 'vehicle']);
  });

  it('leaves entities shared by all alone', async () => {
    expect(isTenantEntity(await metadataOf(Country))).toBe(false);
  });

  it('refuses a tenant column that is not declared as one', () => {
    class Invoice {
      @Column({ name: 'tenant_id' }) tenantId!: string;
    }
    expect(() => TenantEntity()(Invoice)).toThrow(/Invoice\.tenantId: declare it with @TenantColumn\(\)/);
  });
});
