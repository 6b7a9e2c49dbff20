import { ApiProperty } from '@nestjs/swagger';
import { TenantEntity, TenantUnique } from '@rowhouse/typeorm';
import {
  Check,
  Column,
  CreateDateColumn,
  Generated,
  Index,
  JoinColumn,
  ManyToOne,
  OneToMany,
  PrimaryGeneratedColumn,
  type Relation,
} from 'typeorm';
import { Customer } from '../customers/customer.entity.js';
import { Product } from '../products/product.entity.js';

export enum OrderStatus {
  Pending = 'pending',
  Paid = 'paid',
  Shipped = 'shipped',
  Cancelled = 'cancelled',
}

/** PostgreSQL's bigint arrives as a string; no value here comes near the 2^53 that a number holds exactly. */
const SMALL_BIGINT = { to: (value: number) => value, from: Number };

@TenantEntity('order_lines')
@Check('order_lines_quantity_check', 'quantity > 0')
@Check('order_lines_unit_price_cents_check', 'unit_price_cents >= 0')
export class OrderLine {
  @ApiProperty({ format: 'uuid' })
  @PrimaryGeneratedColumn('uuid')
  id!: string;

  @Index('order_lines_order_id_idx')
  @ManyToOne(
    () => Order,
    ({ lines }) => lines,
    { nullable: false, onDelete: 'CASCADE' },
  )
  @JoinColumn({ name: 'order_id' })
  order!: Relation<Order>;

  @ApiProperty({ type: Product })
  @Index('order_lines_product_id_idx')
  @ManyToOne(() => Product, { nullable: false })
  @JoinColumn({ name: 'product_id' })
  product!: Product;

  @ApiProperty({ type: 'integer' })
  @Column({ type: 'int' })
  quantity!: number;

  @ApiProperty({ type: 'integer', description: 'The price of one piece when the order was placed.' })
  @Column({ name: 'unit_price_cents', type: 'int' })
  unitPriceCents!: number;
}

@TenantEntity('orders')
@TenantUnique('number')
@Check('orders_total_cents_check', 'total_cents >= 0')
export class Order {
  @ApiProperty({ format: 'uuid' })
  @PrimaryGeneratedColumn('uuid')
  id!: string;

  @ApiProperty({
    type: 'integer',
    description: 'Counts up from 1001; in shops that share tables, with gaps.',
  })
  // A shop that shares tables could use up a smaller sequence for all others.
  @Column({ type: 'bigint', transformer: SMALL_BIGINT })
  @Generated('increment')
  number!: number;

  @ApiProperty({ type: Customer })
  @Index('orders_customer_id_idx')
  @ManyToOne(() => Customer, { nullable: false })
  @JoinColumn({ name: 'customer_id' })
  customer!: Customer;

  @ApiProperty({ enum: OrderStatus })
  @Column({ type: 'enum', enum: OrderStatus, enumName: 'order_status', default: OrderStatus.Pending })
  status!: OrderStatus;

  @ApiProperty({ type: 'integer' })
  @Column({ name: 'total_cents', type: 'bigint', transformer: SMALL_BIGINT })
  totalCents!: number;

  @ApiProperty()
  @CreateDateColumn({ name: 'placed_at', type: 'timestamptz' })
  placedAt!: Date;

  @ApiProperty({ type: [OrderLine], required: false, description: 'Left out in listings.' })
  @OneToMany(
    () => OrderLine,
    ({ order }) => order,
    { cascade: ['insert'] },
  )
  lines?: OrderLine[];
}
