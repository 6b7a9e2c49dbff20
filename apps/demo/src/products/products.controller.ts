import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiForbiddenResponse, ApiOkResponse } from '@nestjs/swagger';
import { RateLimit } from '@rowhouse/nestjs';
import type { Page } from '@rowhouse/nestjs/operator';
import { ApiPageResponse } from '../http/api-page-response.js';
import { id } from '../http/text.js';
import { Product } from './product.entity.js';
import { type NewProduct, newProduct, type ProductsQuery, productsQuery } from './product.schemas.js';
import { ProductsService } from './products.service.js';

@Controller('products')
@RateLimit('requests')
export class ProductsController {
  constructor(private readonly products: ProductsService) {}

  @Get()
  @ApiPageResponse(Product)
  list(@Query({ schema: productsQuery }) query: ProductsQuery): Promise<Page<Product>> {
    return this.products.list(query);
  }

  @Get(':id')
  @ApiOkResponse({ type: Product })
  get(@Param('id', { schema: id }) productId: string): Promise<Product> {
    return this.products.get(productId);
  }

  @Post()
  @ApiCreatedResponse({ type: Product })
  @ApiForbiddenResponse({ description: 'The shop has as many products as its plan allows.' })
  create(@Body({ schema: newProduct }) product: NewProduct): Promise<Product> {
    return this.products.create(product);
  }
}
