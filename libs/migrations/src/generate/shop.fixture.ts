import { TenantColumn, TenantEntity, TenantUnique } from '@rowhouse/typeorm';
import {
  Check,
  Column,
  type DataSource,
  Entity,
  Exclusion,
  Index,
  JoinTable,
  ManyToMany,
  ManyToOne,
  PrimaryColumn,
  PrimaryGeneratedColumn,
  type Relation,
  Unique,
  ViewColumn,
  ViewEntity,
} from 'typeorm';

export type EntityClass = Parameters<ClassDecorator>[0];

/**
 * Entities with every feature for which TypeORM writes a schema name, for suites.
 *
 * @param isLater - the entities of a later release: one more column and enum value, one index less.
 */
export function shopEntities({ isLater }: { isLater: boolean }): EntityClass[] {
  @TenantEntity('suppliers')
  @TenantUnique('name')
  class Supplier {
    @PrimaryGeneratedColumn('identity') id!: number;
    @Column() name!: string;
    @TenantColumn() tenantId!: string;
  }

  @TenantEntity('tags')
  class Tag {
    @PrimaryGeneratedColumn() id!: number;
    @Column() name!: string;
  }

  @TenantEntity('products')
  @Check('"price" >= 0')
  class Product {
    @PrimaryGeneratedColumn() id!: number;
    @Column() name!: string;
    @Column('numeric', { precision: 10, scale: 2, default: 0 }) price!: string;
    @Column('enum', {
      enum: isLater ? ['draft', 'on sale', 'sold out'] : ['draft', 'on sale'],
      default: 'draft',
    })
    state!: string;
    @Column({ type: 'enum', enum: ['new', 'used'], enumName: 'label', array: true, default: '{new}' })
    labels!: string[];
    @Column({ type: 'text', asExpression: 'lower(name)', generatedType: 'STORED', nullable: true })
    search!: string;
    @ManyToOne(() => Supplier, { onDelete: 'CASCADE' }) supplier!: Relation<Supplier>;
    @ManyToMany(() => Tag) @JoinTable({ name: 'product_tags' }) tags!: Relation<Tag>[];
  }
  if (isLater) Column('int', { default: 0, comment: "the warehouse's" })(Product.prototype, 'stock');
  else Index('products_by_state')(Product.prototype, 'state');

  @Entity('bookings')
  @Exclusion('USING gist ("during" WITH &&)')
  @Unique(['room', 'during'])
  @Index('busy_rooms', ['room'], { where: 'cancelled = false' })
  class Booking {
    @PrimaryGeneratedColumn('uuid') id!: string;
    @Column('int') room!: number;
    @Column('tstzrange') during!: string;
    @Column('boolean', { default: false }) cancelled!: boolean;
  }

  @ViewEntity({
    name: 'cheap_products',
    expression: (dataSource: DataSource) =>
      dataSource
        .createQueryBuilder()
        .select('product.id', 'id')
        .addSelect('product.labels', 'labels')
        .from(Product, 'product')
        .where('product.price < 10'),
  })
  class CheapProduct {
    @ViewColumn() id!: number;
    @ViewColumn() labels!: string[];
  }

  return [Supplier, Tag, Product, Booking, CheapProduct];
}

/** A table that all tenants read, and a tenant table that refers to it. */
export function referenceEntities(): EntityClass[] {
  @Entity({ name: 'countries', schema: 'public' })
  class Country {
    @PrimaryColumn('text') code!: string;
    @Column('enum', { enum: ['euro', 'pound'] }) currency!: string;
  }

  @TenantEntity('customers')
  class Customer {
    @PrimaryGeneratedColumn() id!: number;
    @ManyToOne(() => Country) country!: Relation<Country>;
  }

  return [Country, Customer];
}
