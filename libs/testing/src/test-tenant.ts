import { randomBytes } from 'node:crypto';
import { type NewTenant, type Tenant, TenantContext, type WritableTenantStore } from '@rowhouse/core';
import pg from 'pg';

/** What is asked of a tenant's data source; TypeORM's `DataSource` has it. */
export interface MigratableDataSource {
  readonly migrations: readonly unknown[];
  query(sql: string): Promise<unknown>;
  runMigrations(): Promise<unknown>;
  synchronize(): Promise<void>;
}

/** What is asked of a registry; `DataSourceRegistry` of `@rowhouse/typeorm` has it. */
export interface TenantDataSources<D extends MigratableDataSource> {
  readonly ambient: D;
  for(tenant: Tenant): D;
}

export interface TestTenantOptions<D extends MigratableDataSource> {
  /** Where the tenant is entered: the store your app resolves tenants from. */
  readonly store: Pick<WritableTenantStore, 'create' | 'remove'>;
  readonly registry: TenantDataSources<D>;
  /** Default: a random slug that begins with `test-`. */
  readonly slug?: string;
  /** Further fields of the tenant. Only isolation `schema` can be set up here. */
  readonly fields?: Omit<NewTenant, 'slug' | 'isolation'>;
  /** How its tables are made. Default: by the app's migrations, or by `synchronize` where it has none. */
  readonly tables?: 'migrations' | 'synchronize' | 'none';
  /** Fills them. Runs as the tenant. */
  readonly seed?: (dataSource: D, tenant: Tenant) => Promise<void>;
}

export interface TestTenant<D extends MigratableDataSource> {
  readonly tenant: Tenant;
  /** Acts for the tenant, whatever the context. */
  readonly dataSource: D;
  /** Deletes its schema with all data, and takes it out of the store. */
  drop(): Promise<void>;
}

/**
 * Makes a tenant to test with: an entry in the store, a schema, tables, and what `seed` puts into them. A failure on
 * the way takes back what was made before it.
 */
export async function createTestTenant<D extends MigratableDataSource>(
  options: TestTenantOptions<D>,
): Promise<TestTenant<D>> {
  const { store, registry, fields, seed } = options;
  const slug = options.slug ?? `test-${randomBytes(6).toString('hex')}`;
  const tenant = await store.create({ ...fields, slug, isolation: 'schema' });
  const schema = pg.escapeIdentifier(tenant.schema);
  const drop = async () => {
    await asSystem(tenant, () => registry.ambient.query(`drop schema if exists ${schema} cascade`));
    await store.remove(tenant.id);
  };
  try {
    await asSystem(tenant, () => registry.ambient.query(`create schema if not exists ${schema}`));
    const dataSource = registry.for(tenant);
    await makeTables(dataSource, options.tables);
    if (seed) await TenantContext.run(tenant, () => seed(dataSource, tenant));
    return { tenant, dataSource, drop };
  } catch (error) {
    await drop();
    throw error;
  }
}

function asSystem<T>(tenant: Tenant, fn: () => Promise<T>): Promise<T> {
  return TenantContext.runAsSystem(`set up test tenant ${tenant.slug}`, fn);
}

async function makeTables<D extends MigratableDataSource>(
  dataSource: D,
  tables: TestTenantOptions<D>['tables'] = dataSource.migrations.length > 0 ? 'migrations' : 'synchronize',
): Promise<void> {
  if (tables === 'migrations') await dataSource.runMigrations();
  if (tables === 'synchronize') await dataSource.synchronize();
}
