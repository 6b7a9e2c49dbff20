import { Body, Controller, Get, Post } from '@nestjs/common';
import type { NewProduct, Product } from './product.entity.js';
import { ProductsService } from './products.service.js';

@Controller('products')
export class ProductsController {
  constructor(private readonly products: ProductsService) {}

  @Get()
  list(): Promise<Product[]> {
    return this.products.list();
  }

  @Post()
  create(@Body() product: NewProduct): Promise<Product> {
    return this.products.create(product);
  }
}
