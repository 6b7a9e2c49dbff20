import type { DynamicModule, InjectionToken, Provider } from '@nestjs/common';
import { getDataSourceToken, TypeOrmModule, type TypeOrmModuleOptions } from '@nestjs/typeorm';
import type { TenancyPoolOptions } from '@rowhouse/core';
import { DataSourceRegistry, openTenantDataSource, tenantDataSourceOptions } from '@rowhouse/typeorm';
import type { DataSource, DataSourceOptions } from 'typeorm';
import { TENANCY_OPTIONS, type TenancyOptions } from './tenancy-options.js';

/** Carries the pool's options through TypeOrmModule, which hands its factory nothing but TypeORM's options. */
const POOL = Symbol('rowhouse.pool');

type OptionsWithPool = DataSourceOptions & { readonly [POOL]?: TenancyPoolOptions };

export interface TypeOrmParts {
  readonly dataSourceToken: InjectionToken;
  readonly module: DynamicModule;
  readonly providers: readonly Provider[];
  readonly exports: readonly InjectionToken[];
}

/** What the module has in an app with TypeORM: `TypeOrmModule` itself, over a data source that serves all tenants. */
export function typeOrmParts(name: string | undefined): TypeOrmParts {
  const dataSourceToken = getDataSourceToken(name);
  return {
    dataSourceToken,
    module: TypeOrmModule.forRootAsync({
      name,
      inject: [TENANCY_OPTIONS],
      useFactory: (options: TenancyOptions) => optionsFor(options, name),
      dataSourceFactory: openDataSource,
    }),
    providers: [
      {
        provide: DataSourceRegistry,
        inject: [dataSourceToken, TENANCY_OPTIONS],
        useFactory: (ambient: DataSource, { directUrl, pool }: TenancyOptions) =>
          new DataSourceRegistry({ ambient, directUrl, tenancy: pool }),
      },
    ],
    exports: [DataSourceRegistry],
  };
}

function optionsFor({ typeorm, pool }: TenancyOptions, name: string | undefined): TypeOrmModuleOptions {
  if (typeorm?.name !== undefined && typeorm.name !== (name ?? 'default')) {
    throw new TypeError(
      'TenancyModule: typeorm.name: expected the same as `dataSourceName` beside useFactory',
    );
  }
  // Refused here, because a failing data source is opened again and again.
  tenantDataSourceOptions(typeorm as DataSourceOptions, pool);
  const options: object = { ...typeorm, [POOL]: pool };
  return options;
}

function openDataSource(options?: OptionsWithPool): Promise<DataSource> {
  const { [POOL]: pool, ...typeorm } = options as OptionsWithPool;
  return openTenantDataSource(typeorm as DataSourceOptions, pool);
}
