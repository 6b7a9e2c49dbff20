import { type DynamicModule, Injectable, Module } from '@nestjs/common';
import { InjectDataSource, TypeOrmModule } from '@nestjs/typeorm';
import type { DataSource, EntityManager } from 'typeorm';
import { type NewProduct, Product } from '../product.entity.js';
import { type AppSettings, typeormOptions } from '../settings.js';
import {
  TenantProducts,
  TenantProductsController,
  TenantWorksController,
} from './tenant-products.controller.js';

/** Checks out a connection, sets its path, works on it, and resets it before it goes back. */
@Injectable()
export class SetSearchPathProducts extends TenantProducts {
  constructor(@InjectDataSource() private readonly dataSource: DataSource) {
    super();
  }

  create(schema: string, product: NewProduct): Promise<Product> {
    return this.onSchema(schema, (manager) => manager.save(manager.create(Product, product)));
  }

  inTransaction<T>(schema: string, work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return this.onSchema(schema, (manager) => manager.transaction(work));
  }

  async onSchema<T>(schema: string, work: (manager: EntityManager) => Promise<T>): Promise<T> {
    const runner = this.dataSource.createQueryRunner();
    try {
      await runner.query(`SET search_path TO "${schema}", public`);
      try {
        return await work(runner.manager);
      } finally {
        await runner.query('RESET search_path');
      }
    } finally {
      await runner.release();
    }
  }
}

@Module({})
export class SetSearchPathModule {
  static with(settings: AppSettings): DynamicModule {
    return {
      module: SetSearchPathModule,
      imports: [TypeOrmModule.forRoot(typeormOptions(settings))],
      controllers: [TenantProductsController, TenantWorksController],
      providers: [{ provide: TenantProducts, useClass: SetSearchPathProducts }],
    };
  }
}
