import { Body, Controller, Get, Inject, Module, Post } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { RateLimit, tenantLogFields } from '@rowhouse/nestjs';
import { destination, type Logger, pino } from 'pino';
import { type NewProduct, Product } from '../product.entity.js';
import { ProductsService } from '../products.service.js';

const LOGGER = Symbol('logger');

/** The same routes, with a line of the log for each request. */
@Controller('products')
class LoggingProductsController {
  constructor(
    protected readonly products: ProductsService,
    @Inject(LOGGER) protected readonly logger: Logger,
  ) {}

  @Get()
  async list(): Promise<Product[]> {
    const products = await this.products.list();
    this.logger.info('listed');
    return products;
  }

  @Post()
  async create(@Body() product: NewProduct): Promise<Product> {
    const created = await this.products.create(product);
    this.logger.info('created');
    return created;
  }
}

/** Under a rate that nobody reaches. */
@Controller('products')
@RateLimit('1000000/second')
class LimitedProductsController extends LoggingProductsController {}

@Module({
  imports: [TypeOrmModule.forFeature([Product])],
  controllers: [LimitedProductsController],
  providers: [
    ProductsService,
    { provide: LOGGER, useFactory: () => pino({ mixin: tenantLogFields }, destination('/dev/null')) },
  ],
})
export class ObservedProductsModule {}

/** What an app has without Rowhouse: lines that name no tenant, and no rate. */
@Module({
  imports: [TypeOrmModule.forFeature([Product])],
  controllers: [LoggingProductsController],
  providers: [ProductsService, { provide: LOGGER, useFactory: () => pino(destination('/dev/null')) }],
})
export class LoggingProductsModule {}
