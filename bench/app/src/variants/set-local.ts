import { type DynamicModule, Injectable, Module } from '@nestjs/common';
import { InjectDataSource, TypeOrmModule } from '@nestjs/typeorm';
import type { DataSource, EntityManager } from 'typeorm';
import { type NewProduct, PAGE_SIZE, Product } from '../product.entity.js';
import { type AppSettings, typeormOptions } from '../settings.js';
import { TenantProducts, TenantProductsController } from './tenant-products.controller.js';

/** Wraps each request's work in a transaction whose first statement sets the path for that transaction. */
@Injectable()
export class SetLocalProducts extends TenantProducts {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {
    super();
  }

  list(schema: string): Promise<Product[]> {
    return this.#inTransaction(schema, (manager) =>
      manager.find(Product, { order: { id: 'ASC' }, take: PAGE_SIZE }),
    );
  }

  create(schema: string, product: NewProduct): Promise<Product> {
    // The transaction is there already: a second one inside it would be a savepoint and two more round trips.
    return this.#inTransaction(schema, (manager) =>
      manager.save(manager.create(Product, product), { transaction: false }),
    );
  }

  #inTransaction<T>(schema: string, work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.dataSource.transaction(async (manager) => {
      await manager.query(`SET LOCAL search_path TO "${schema}", public`);
      return work(manager);
    });
  }
}

@Module({})
export class SetLocalModule {
  static with(settings: AppSettings): DynamicModule {
    return {
      module: SetLocalModule,
      imports: [TypeOrmModule.forRoot(typeormOptions(settings))],
      controllers: [TenantProductsController],
      providers: [{ provide: TenantProducts, useClass: SetLocalProducts }],
    };
  }
}
