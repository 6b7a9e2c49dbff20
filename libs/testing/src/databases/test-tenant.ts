import { randomBytes } from 'node:crypto';
import { type NewTenant, type Tenant, TenantContext, type WritableTenantStore } from '@rowhouse/core';

/** The part of a tenant's data source that is needed; TypeORM's `DataSource` has it. */
export interface MigratableDataSource {
  readonly migrations: readonly unknown[];
  query(sql: string): Promise<unknown>;
  runMigrations(): Promise<unknown>;
  synchronize(): Promise<void>;
}

/** The part of a registry that is needed; `DataSourceRegistry` of `@rowhouse/typeorm` has it. */
export interface TenantDataSources<D extends MigratableDataSource> {
  readonly homes: { prepare(tenant: Tenant): Promise<void>; remove(tenant: Tenant): Promise<void> };
  for(tenant: Tenant): D;
}

export interface TestTenantOptions<D extends MigratableDataSource> {
  /** Where the tenant is entered: the store your app resolves tenants from. */
  readonly store: Pick<WritableTenantStore, 'create' | 'remove'>;
  readonly registry: TenantDataSources<D>;
  /** Default: a random slug that begins with `test-`. */
  readonly slug?: string;
  /** Further fields of the tenant. */
  readonly fields?: Omit<NewTenant, 'slug'>;
  /** How its tables are made. Default: by the app's migrations, or by `synchronize` where it has none. */
  readonly tables?: 'migrations' | 'synchronize' | 'none';
  /** Fills them. Runs as the tenant. */
  readonly seed?: (dataSource: D, tenant: Tenant) => Promise<void>;
}

export interface TestTenant<D extends MigratableDataSource> {
  readonly tenant: Tenant;
  /** Acts for the tenant, whatever the context. */
  readonly dataSource: D;
  /** Deletes its schema or database with all data, and takes it out of the store. Rows of isolation `row` stay. */
  drop(): Promise<void>;
}

/**
 * Makes a tenant to test with: an entry in the store, its home and role, tables, and what `seed` puts into them. When a
 * step fails, what the steps before it made is removed.
 */
export async function createTestTenant<D extends MigratableDataSource>(
  options: TestTenantOptions<D>,
): Promise<TestTenant<D>> {
  const { store, registry, fields, seed } = options;
  const slug = options.slug ?? `test-${randomBytes(6).toString('hex')}`;
  const tenant = await store.create({ ...fields, slug });
  const drop = async () => {
    await registry.homes.remove(tenant);
    await store.remove(tenant.id);
  };
  try {
    await registry.homes.prepare(tenant);
    const dataSource = registry.for(tenant);
    await makeTables(dataSource, options.tables);
    if (seed) await TenantContext.run(tenant, () => seed(dataSource, tenant));
    return { tenant, dataSource, drop };
  } catch (error) {
    await drop();
    throw error;
  }
}

async function makeTables<D extends MigratableDataSource>(
  dataSource: D,
  tables: TestTenantOptions<D>['tables'] = dataSource.migrations.length > 0 ? 'migrations' : 'synchronize',
): Promise<void> {
  if (tables === 'migrations') await dataSource.runMigrations();
  if (tables === 'synchronize') await dataSource.synchronize();
}
