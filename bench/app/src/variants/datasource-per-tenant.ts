import { type DynamicModule, Inject, Injectable, Module, type OnModuleDestroy, Scope } from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import { getDataSourceToken, InjectDataSource } from '@nestjs/typeorm';
import { DataSource, type Repository } from 'typeorm';
import { type NewProduct, PAGE_SIZE, Product } from '../product.entity.js';
import { ProductsController } from '../products.controller.js';
import { ProductsService } from '../products.service.js';
import { type AppSettings, type PostgresOptions, TENANT_HEADER, typeormOptions } from '../settings.js';
import { schemaOfHeader } from '../tenant-schema.js';
import { WorksController } from '../works/works.controller.js';

/** Connections of each tenant's pool. A total of 20 cannot be shared between pools. */
const POOL_SIZE_PER_TENANT = 3;

/** Opens each tenant's data source at its first request and keeps it. After a failure the next request tries again. */
@Injectable()
export class TenantDataSources implements OnModuleDestroy {
  readonly #open = new Map<string, Promise<DataSource>>();
  readonly #options: PostgresOptions;

  constructor(@Inject('SETTINGS') settings: AppSettings) {
    this.#options = { ...typeormOptions(settings), poolSize: POOL_SIZE_PER_TENANT };
  }

  of(schema: string): Promise<DataSource> {
    let dataSource = this.#open.get(schema);
    if (!dataSource) {
      // TypeORM writes the schema into its own statements. SQL of the app needs the path.
      const extra = { ...this.#options.extra, options: `-c search_path=${schema},public` };
      dataSource = new DataSource({ ...this.#options, schema, extra }).initialize();
      this.#open.set(schema, dataSource);
      dataSource.catch(() => this.#open.delete(schema));
    }
    return dataSource;
  }

  async onModuleDestroy(): Promise<void> {
    await Promise.allSettled(
      [...this.#open.values()].map(async (dataSource) => (await dataSource).destroy()),
    );
  }
}

/** Its dependency makes it request-scoped, and with it the controller that uses it. */
@Injectable()
class RequestScopedProducts {
  readonly #products: Repository<Product>;

  constructor(@InjectDataSource() dataSource: DataSource) {
    this.#products = dataSource.getRepository(Product);
  }

  list(): Promise<Product[]> {
    return this.#products.find({ order: { id: 'ASC' }, take: PAGE_SIZE });
  }

  create(product: NewProduct): Promise<Product> {
    return this.#products.save(this.#products.create(product));
  }
}

@Module({})
export class DataSourcePerTenantModule {
  static with(settings: AppSettings): DynamicModule {
    return {
      module: DataSourcePerTenantModule,
      controllers: [ProductsController, WorksController],
      providers: [
        { provide: 'SETTINGS', useValue: settings },
        TenantDataSources,
        // The data source of the request's tenant, where an app without tenancy has its only one.
        {
          provide: getDataSourceToken(),
          scope: Scope.REQUEST,
          inject: [REQUEST, TenantDataSources],
          useFactory: (request: TenantRequest, dataSources: TenantDataSources) =>
            dataSources.of(schemaOfHeader(request.headers[TENANT_HEADER])),
        },
        { provide: ProductsService, useClass: RequestScopedProducts },
      ],
    };
  }
}

interface TenantRequest {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}
