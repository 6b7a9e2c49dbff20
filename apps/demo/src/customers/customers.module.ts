import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Customer } from './customer.entity.js';
import { CustomersController } from './customers.controller.js';

@Module({ imports: [TypeOrmModule.forFeature([Customer])], controllers: [CustomersController] })
export class CustomersModule {}
