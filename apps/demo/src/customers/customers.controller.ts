import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse } from '@nestjs/swagger';
import { InjectRepository } from '@nestjs/typeorm';
import { Repository } from 'typeorm';
import { Customer } from './customer.entity.js';

@Controller('customers')
export class CustomersController {
  constructor(@InjectRepository(Customer) private readonly customers: Repository<Customer>) {}

  @Get()
  @ApiOkResponse({ type: [Customer] })
  list(): Promise<Customer[]> {
    return this.customers.find({ order: { name: 'ASC', id: 'ASC' } });
  }
}
