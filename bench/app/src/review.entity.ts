import { Column, ManyToOne, PrimaryGeneratedColumn } from 'typeorm';
import { Product } from './product.entity.js';
import { Table } from './table.decorator.js';

@Table('reviews')
export class Review {
  @PrimaryGeneratedColumn('identity')
  id!: number;

  /** Begins with the tenant's slug, so that an answer shows whose it is. */
  @Column('varchar', { length: 64 })
  author!: string;

  @Column('integer')
  rating!: number;

  @Column('varchar', { length: 200 })
  text!: string;

  @ManyToOne(() => Product, { nullable: false, createForeignKeyConstraints: false })
  product!: Product;
}
