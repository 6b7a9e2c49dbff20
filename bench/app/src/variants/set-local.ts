import {
  Controller,
  type DynamicModule,
  Get,
  Headers,
  Injectable,
  Module,
  Param,
  ParseIntPipe,
} from '@nestjs/common';
import { InjectDataSource, TypeOrmModule } from '@nestjs/typeorm';
import type { DataSource, EntityManager } from 'typeorm';
import { type NewProduct, Product } from '../product.entity.js';
import { type AppSettings, TENANT_HEADER, typeormOptions } from '../settings.js';
import { SLOW_SQL } from '../slow.controller.js';
import { schemaOfHeader } from '../tenant-schema.js';
import {
  TenantProducts,
  TenantProductsController,
  TenantWorksController,
} from './tenant-products.controller.js';

/** Wraps each request's work in a transaction whose first statement sets the path for that transaction. */
@Injectable()
export class SetLocalProducts extends TenantProducts {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {
    super();
  }

  create(schema: string, product: NewProduct): Promise<Product> {
    // There is a transaction already: another one inside would be a savepoint, with two more round trips.
    return this.inTransaction(schema, (manager) =>
      manager.save(manager.create(Product, product), { transaction: false }),
    );
  }

  async wait(schema: string, ms: number): Promise<void> {
    await this.inTransaction(schema, (manager) => manager.query(SLOW_SQL, [ms / 1_000]));
  }

  onSchema<T>(schema: string, work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.inTransaction(schema, work);
  }

  inTransaction<T>(schema: string, work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.dataSource.transaction(async (manager) => {
      await manager.query(`SET LOCAL search_path TO "${schema}", public`);
      return work(manager);
    });
  }
}

@Controller('slow')
class SetLocalSlowController {
  constructor(private readonly products: SetLocalProducts) {}

  @Get(':ms')
  async wait(@Headers(TENANT_HEADER) slug: string, @Param('ms', ParseIntPipe) ms: number) {
    await this.products.wait(schemaOfHeader(slug), ms);
    return { ms };
  }
}

@Module({})
export class SetLocalModule {
  static with(settings: AppSettings): DynamicModule {
    return {
      module: SetLocalModule,
      imports: [TypeOrmModule.forRoot(typeormOptions(settings))],
      controllers: [TenantProductsController, TenantWorksController, SetLocalSlowController],
      providers: [SetLocalProducts, { provide: TenantProducts, useExisting: SetLocalProducts }],
    };
  }
}
