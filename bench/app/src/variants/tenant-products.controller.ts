import { Body, Controller, Get, Headers, Post } from '@nestjs/common';
import type { NewProduct, Product } from '../product.entity.js';
import { TENANT_HEADER } from '../settings.js';
import { schemaOfHeader } from '../tenant-schema.js';

/** Products for code that passes the schema in each call. */
export abstract class TenantProducts {
  abstract list(schema: string): Promise<Product[]>;
  abstract create(schema: string, product: NewProduct): Promise<Product>;
}

/** The controller of the variants that pass the tenant explicitly. */
@Controller('products')
export class TenantProductsController {
  constructor(private readonly products: TenantProducts) {}

  @Get()
  list(@Headers(TENANT_HEADER) slug: string): Promise<Product[]> {
    return this.products.list(schemaOfHeader(slug));
  }

  @Post()
  create(@Headers(TENANT_HEADER) slug: string, @Body() product: NewProduct): Promise<Product> {
    return this.products.create(schemaOfHeader(slug), product);
  }
}
