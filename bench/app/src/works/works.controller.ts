import { Body, Controller, Get, Param, Post } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import type { DataSource } from 'typeorm';
import type { NewProduct, Product } from '../product.entity.js';
import { ReadPipe } from './read.pipe.js';
import { type Read, restock } from './works.js';

@Controller('works')
export class WorksController {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {}

  @Get(':work')
  read(@Param('work', ReadPipe) read: Read): Promise<unknown> {
    return read(this.dataSource.manager);
  }

  @Post('transaction')
  transaction(@Body() product: NewProduct): Promise<Product> {
    return this.dataSource.transaction((manager) => restock(manager, product));
  }
}
