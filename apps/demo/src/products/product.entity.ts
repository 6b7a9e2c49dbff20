import { ConflictException } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { TenantEntity, TenantUnique } from '@rowhouse/typeorm';
import { Check, Column, CreateDateColumn, PrimaryGeneratedColumn } from 'typeorm';

@TenantEntity('products')
@TenantUnique('sku')
@Check('products_price_cents_check', 'price_cents >= 0')
@Check('products_stock_check', 'stock >= 0')
export class Product {
  @ApiProperty({ format: 'uuid' })
  @PrimaryGeneratedColumn('uuid')
  id!: string;

  @ApiProperty({ example: 'TENT-2P' })
  @Column()
  sku!: string;

  @ApiProperty()
  @Column()
  name!: string;

  @ApiProperty()
  @Column({ default: '' })
  description!: string;

  @ApiProperty({ type: 'integer', description: 'Price in cents.' })
  @Column({ name: 'price_cents', type: 'int' })
  priceCents!: number;

  @ApiProperty({ type: 'integer', description: 'Pieces left.' })
  @Column({ type: 'int', default: 0 })
  stock!: number;

  @ApiProperty()
  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' })
  createdAt!: Date;

  /** Takes pieces out of the stock. */
  take(quantity: number): void {
    if (quantity > this.stock) {
      throw new ConflictException(`Of ${this.sku}, ${this.stock} are left and ${quantity} were ordered.`);
    }
    this.stock -= quantity;
  }
}
