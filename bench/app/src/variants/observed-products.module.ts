import { Body, Controller, Get, Inject, Module, Param, Post } from '@nestjs/common';
import { InjectDataSource, TypeOrmModule } from '@nestjs/typeorm';
import { RateLimit, tenantLogFields } from '@rowhouse/nestjs';
import { destination, type Logger, pino } from 'pino';
import type { DataSource } from 'typeorm';
import { type NewProduct, Product } from '../product.entity.js';
import { ProductsService } from '../products.service.js';
import { ReadPipe } from '../works/read.pipe.js';
import { WorksController } from '../works/works.controller.js';
import type { Read } from '../works/works.js';

const LOGGER = Symbol('logger');

const UNREACHED = '1000000/second';

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

@Controller('works')
class LoggingWorksController extends WorksController {
  constructor(
    @InjectDataSource() dataSource: DataSource,
    @Inject(LOGGER) protected readonly logger: Logger,
  ) {
    super(dataSource);
  }

  @Get(':work')
  override async read(@Param('work', ReadPipe) read: Read): Promise<unknown> {
    const found = await super.read(read);
    this.logger.info('read');
    return found;
  }

  @Post('transaction')
  override async transaction(@Body() product: NewProduct): Promise<Product> {
    const created = await super.transaction(product);
    this.logger.info('restocked');
    return created;
  }
}

/** Under a rate that nobody reaches. */
@Controller('products')
@RateLimit(UNREACHED)
class LimitedProductsController extends LoggingProductsController {}

@Controller('works')
@RateLimit(UNREACHED)
class LimitedWorksController extends LoggingWorksController {}

@Module({
  imports: [TypeOrmModule.forFeature([Product])],
  controllers: [LimitedProductsController, LimitedWorksController],
  providers: [
    ProductsService,
    { provide: LOGGER, useFactory: () => pino({ mixin: tenantLogFields }, destination('/dev/null')) },
  ],
})
export class ObservedProductsModule {}

/** What an app has without Rowhouse: lines that name no tenant, and no rate. */
@Module({
  imports: [TypeOrmModule.forFeature([Product])],
  controllers: [LoggingProductsController, LoggingWorksController],
  providers: [ProductsService, { provide: LOGGER, useFactory: () => pino(destination('/dev/null')) }],
})
export class LoggingProductsModule {}
