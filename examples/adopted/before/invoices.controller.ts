import { Body, Controller, Get, Post } from '@nestjs/common';
import { InjectDataSource, InjectRepository } from '@nestjs/typeorm';
import type { DataSource, Repository } from 'typeorm';
import { Invoice } from './invoice.entity.js';

@Controller('invoices')
export class InvoicesController {
  constructor(
    @InjectRepository(Invoice) private readonly invoices: Repository<Invoice>,
    @InjectDataSource() private readonly dataSource: DataSource,
  ) {}

  @Get()
  list(): Promise<Invoice[]> {
    return this.invoices.find({ order: { id: 'asc' } });
  }

  @Get('open')
  async open(): Promise<{ cents: number }> {
    const [row] = await this.dataSource.query(
      `select coalesce(sum(amount_cents), 0)::int as cents from public.invoices where status = 'open'`,
    );
    return row;
  }

  @Post()
  add(@Body() { customer, amountCents }: Pick<Invoice, 'customer' | 'amountCents'>): Promise<Invoice> {
    return this.invoices.save({ customer, amountCents });
  }
}
