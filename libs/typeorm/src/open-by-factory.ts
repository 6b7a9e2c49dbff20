import { OptionsInvalidError, type TenancyPoolOptions, TenantContext, TenantPool } from '@rowhouse/core';
import type { DataSource, DataSourceOptions } from 'typeorm';
import { tenantDataSourceOptions } from './data-source-options.js';
import { serveTenants } from './tenant-data-source.js';

/** What an app gave to `TypeOrmModule.forRootAsync` to make its data source. */
export type DataSourceFactory = (options: DataSourceOptions) => Promise<DataSource>;

/**
 * As `openTenantDataSource`, with a data source that the app's own factory makes of the options.
 *
 * @throws {OptionsInvalidError} when the factory makes it of other options: it would act for no tenant.
 */
export function openByFactory(
  factory: DataSourceFactory,
  options: DataSourceOptions,
  tenancy: TenancyPoolOptions = {},
): Promise<DataSource> {
  return TenantContext.runAsLogin('the factory of the app opens its data source', async () => {
    const dataSource = await factory(tenantDataSourceOptions(options, tenancy));
    if (!dataSource.isInitialized) await dataSource.initialize();
    const { master } = dataSource.driver as unknown as { master: unknown };
    if (!(master instanceof TenantPool)) {
      await dataSource.destroy();
      throw new OptionsInvalidError('typeorm', [
        {
          field: 'dataSourceFactory',
          expected: 'expected a data source made of the options that it is given',
        },
      ]);
    }
    await serveTenants(dataSource, tenancy);
    return dataSource;
  });
}
