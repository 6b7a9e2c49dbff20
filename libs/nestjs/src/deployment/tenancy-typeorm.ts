import type { DynamicModule, InjectionToken, Provider } from '@nestjs/common';
import { getDataSourceToken, TypeOrmModule, type TypeOrmModuleOptions } from '@nestjs/typeorm';
import { OptionsInvalidError, OwnerPrivilegeMissingError, TenantQuotas } from '@rowhouse/core';
import { DataSourceRegistry, openTenantDataSource } from '@rowhouse/typeorm';
import { type DataSourceFactory, openByFactory, tenantDataSourceOptions } from '@rowhouse/typeorm/internal';
import type { DataSource, DataSourceOptions } from 'typeorm';
import { RowQuotas } from '../quotas/row-quotas.js';
import { TENANCY_OPTIONS, type TenancyOptions, within } from '../tenancy-options.js';

/** Carries our options through TypeOrmModule, which hands its factory nothing but TypeORM's. */
const TENANCY = Symbol('rowhouse.tenancy');

type Tenancy = Pick<TenancyOptions, 'pool' | 'directUrl'>;
type OptionsWithTenancy = DataSourceOptions & { readonly [TENANCY]: Tenancy };

export interface TypeOrmParts {
  readonly dataSourceToken: InjectionToken;
  readonly module: DynamicModule;
  readonly providers: readonly Provider[];
  readonly exports: readonly InjectionToken[];
}

/**
 * What the module has in an app with TypeORM: `TypeOrmModule` itself, over a data source that serves all tenants.
 *
 * @param factory - makes the data source, where the app has a factory of its own.
 */
export function typeOrmParts(name: string | undefined, factory?: DataSourceFactory): TypeOrmParts {
  const dataSourceToken = getDataSourceToken(name);
  return {
    dataSourceToken,
    module: TypeOrmModule.forRootAsync({
      name,
      inject: [TENANCY_OPTIONS],
      useFactory: (options: TenancyOptions) => optionsFor(options, name),
      dataSourceFactory: (options) => openDataSource(options, factory),
    }),
    providers: [
      {
        provide: DataSourceRegistry,
        inject: [dataSourceToken, TENANCY_OPTIONS],
        useFactory: (ambient: DataSource, { directUrl, pool }: TenancyOptions) =>
          new DataSourceRegistry({ ambient, directUrl, tenancy: pool }),
      },
      {
        provide: RowQuotas,
        inject: [TenantQuotas],
        useFactory: (quotas: TenantQuotas) => new RowQuotas(quotas),
      },
    ],
    exports: [DataSourceRegistry, RowQuotas],
  };
}

function optionsFor(
  { typeorm, pool, directUrl }: TenancyOptions,
  name: string | undefined,
): TypeOrmModuleOptions {
  if (typeorm?.name !== undefined && typeorm.name !== (name ?? 'default')) {
    throw new OptionsInvalidError('TenancyModule', [
      { field: 'typeorm.name', expected: 'expected the same as `dataSourceName` beside useFactory' },
    ]);
  }
  // Refused here, because a failing data source is opened again and again.
  within('typeorm', () => tenantDataSourceOptions(typeorm as DataSourceOptions, pool));
  const options: object = { ...typeorm, [TENANCY]: { pool, directUrl } satisfies Tenancy };
  return options;
}

async function openDataSource(
  options: DataSourceOptions | undefined,
  factory: DataSourceFactory | undefined,
): Promise<DataSource> {
  const { [TENANCY]: tenancy, ...typeorm } = options as OptionsWithTenancy;
  const { pool, directUrl } = tenancy;
  const given = typeorm as DataSourceOptions;
  const ambient = await (factory ? openByFactory(factory, given, pool) : openTenantDataSource(given, pool));
  await prepareDeployment(new DataSourceRegistry({ ambient, directUrl, tenancy: pool }));
  return ambient;
}

/** The roles that all tenants share are made here, once the database answers: TypeORM's module tries again until it does. */
async function prepareDeployment(registry: DataSourceRegistry): Promise<void> {
  try {
    await registry.homes.prepareDeployment();
  } catch (error) {
    // An application that is not given the owner's login serves what somebody else has prepared.
    const isPrepared =
      error instanceof OwnerPrivilegeMissingError && (await registry.homes.isDeploymentPrepared());
    if (isPrepared) return;
    await registry.ambient.destroy();
    throw error;
  } finally {
    await registry.close();
  }
}
