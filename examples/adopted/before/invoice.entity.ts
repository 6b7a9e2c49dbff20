import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

@Entity('invoices')
export class Invoice {
  @PrimaryGeneratedColumn() id!: number;

  @Column() customer!: string;

  @Column({ name: 'amount_cents', type: 'int' }) amountCents!: number;

  @Column({ type: 'enum', enum: ['open', 'paid'], enumName: 'invoice_status', default: 'open' })
  status!: 'open' | 'paid';
}
