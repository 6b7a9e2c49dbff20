import { Column, CreateDateColumn, PrimaryGeneratedColumn } from 'typeorm';
import { Table } from './table.decorator.js';

@Table('products')
export class Product {
  @PrimaryGeneratedColumn('identity')
  id!: number;

  /** Begins with the tenant's slug, so that an answer shows whose it is. */
  @Column('varchar', { length: 64 })
  sku!: string;

  @Column('varchar', { length: 120 })
  name!: string;

  @Column('varchar', { length: 200 })
  description!: string;

  @Column('integer')
  priceCents!: number;

  @Column('integer')
  stock!: number;

  @Column('boolean', { default: true })
  active!: boolean;

  @CreateDateColumn({ type: 'timestamptz' })
  createdAt!: Date;
}

/** The body of a request that creates a product. */
export type NewProduct = Pick<Product, 'sku' | 'name' | 'description' | 'priceCents' | 'stock'>;

/** Rows of one answer. */
export const PAGE_SIZE = 20;
