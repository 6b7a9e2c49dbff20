import { TenantColumn, TenantEntity } from '@rowhouse/typeorm';
import { Column, DeleteDateColumn, ManyToOne, OneToMany, PrimaryGeneratedColumn } from 'typeorm';

/** The tables of a tenant. Keys and SKUs are unique over all rows of a table, so that row tenants can collide. */
@TenantEntity('products')
export class Product {
  @PrimaryGeneratedColumn() id!: number;
  @Column({ unique: true }) sku!: string;
  @Column() secret!: string;
  @TenantColumn() tenantId!: string;
  @DeleteDateColumn({ name: 'deleted_at' }) deletedAt!: Date | null;
  @OneToMany(
    () => Order,
    (order) => order.product,
  )
  orders!: Promise<Order[]>;
}

@TenantEntity('orders')
export class Order {
  @PrimaryGeneratedColumn() id!: number;
  @Column() secret!: string;
  @ManyToOne(
    () => Product,
    (product) => product.orders,
    { lazy: true },
  )
  product!: Promise<Product>;
}

export const entities = [Product, Order];
