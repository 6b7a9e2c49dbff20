import { Body, Controller, Get, Headers, Param, Post } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { NewProduct, Product } from '../product.entity.js';
import { TENANT_HEADER } from '../settings.js';
import { schemaOfHeader } from '../tenant-schema.js';
import { ReadPipe } from '../works/read.pipe.js';
import { listProducts, type Read, restock } from '../works/works.js';

type Work<T> = (manager: EntityManager) => Promise<T>;

/** Products for code that passes the schema in each call. */
export abstract class TenantProducts {
  abstract create(schema: string, product: NewProduct): Promise<Product>;
  abstract onSchema<T>(schema: string, work: Work<T>): Promise<T>;
  abstract inTransaction<T>(schema: string, work: Work<T>): Promise<T>;
}

/** The controller of the variants that pass the tenant explicitly. */
@Controller('products')
export class TenantProductsController {
  constructor(private readonly products: TenantProducts) {}

  @Get()
  list(@Headers(TENANT_HEADER) slug: string): Promise<Product[]> {
    return this.products.onSchema(schemaOfHeader(slug), listProducts);
  }

  @Post()
  create(@Headers(TENANT_HEADER) slug: string, @Body() product: NewProduct): Promise<Product> {
    return this.products.create(schemaOfHeader(slug), product);
  }
}

@Controller('works')
export class TenantWorksController {
  constructor(private readonly products: TenantProducts) {}

  @Get(':work')
  read(@Headers(TENANT_HEADER) slug: string, @Param('work', ReadPipe) read: Read): Promise<unknown> {
    return this.products.onSchema(schemaOfHeader(slug), read);
  }

  @Post('transaction')
  transaction(@Headers(TENANT_HEADER) slug: string, @Body() product: NewProduct): Promise<Product> {
    return this.products.inTransaction(schemaOfHeader(slug), (manager) => restock(manager, product));
  }
}
