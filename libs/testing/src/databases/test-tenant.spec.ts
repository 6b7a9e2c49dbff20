import { InMemoryTenantStore, parseTenantSlug, TenantContext } from '@rowhouse/core';
import { DataSourceRegistry, openTenantDataSource } from '@rowhouse/typeorm';
import { type DataSource, EntitySchema, type MigrationInterface, type QueryRunner } from 'typeorm';
import { expectNoLeaks } from '../checks/leak-check.js';
import { createTestDatabase, type TestDatabase } from './test-database.js';
import { createTestTenant } from './test-tenant.js';
import { withTenant } from './with-tenant.js';

const Product = new EntitySchema<{ id: number; name: string }>({
  name: 'Product',
  tableName: 'products',
  columns: { id: { type: Number, primary: true, generated: true }, name: { type: String } },
});

class CreateProducts1700000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('create table products (id serial primary key, name text not null, migrated boolean)');
  }
  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table products');
  }
}

let database: TestDatabase;
const open: DataSource[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
});
afterEach(async () => {
  for (const dataSource of open.splice(0)) {
    await expectNoLeaks({ dataSource });
    await dataSource.destroy();
  }
});
afterAll(() => database.drop());

async function registryWith(migrations: Array<new () => MigrationInterface>): Promise<DataSourceRegistry> {
  const ambient = await openTenantDataSource({
    type: 'postgres',
    url: database.url,
    entities: [Product],
    migrations,
  });
  open.push(ambient);
  return new DataSourceRegistry({ ambient });
}

async function schemas(registry: DataSourceRegistry): Promise<string[]> {
  const rows: { name: string }[] = await TenantContext.runAsSystem('test', () =>
    registry.ambient.query(`select nspname as name from pg_namespace where nspname like 'tenant%'`),
  );
  return rows.map(({ name }) => name);
}

describe('createTestTenant', () => {
  it('enters the tenant, migrates its schema and seeds it, apart from others', async () => {
    const [registry, store] = [await registryWith([CreateProducts1700000000000]), new InMemoryTenantStore()];
    const rope = await createTestTenant({
      store,
      registry,
      slug: 'acme',
      fields: { name: 'Acme' },
      seed: async (dataSource) => {
        await dataSource.getRepository(Product).save({ name: 'rope' });
      },
    });
    const other = await createTestTenant({ store, registry });
    expect((await store.findBySlug(parseTenantSlug('acme')))?.name).toBe('Acme');
    expect(await rope.dataSource.query('select name, migrated from products')).toEqual([
      { name: 'rope', migrated: null },
    ]);
    expect(await withTenant(rope.tenant, () => registry.ambient.getRepository(Product).count())).toBe(1);
    expect(await withTenant(other.tenant, () => registry.ambient.getRepository(Product).count())).toBe(0);
    await Promise.all([rope.drop(), other.drop()]);
    expect(await schemas(registry)).toEqual([]);
    expect(await store.findById(rope.tenant.id)).toBeUndefined();
  });

  it('synchronizes where there are no migrations', async () => {
    const registry = await registryWith([]);
    const { dataSource, tenant, drop } = await createTestTenant({
      store: new InMemoryTenantStore(),
      registry,
    });
    expect(tenant.slug).toMatch(/^test-[0-9a-f]{12}$/);
    expect(await dataSource.getRepository(Product).count()).toBe(0);
    await drop();
  });

  it('takes everything back when the seed fails', async () => {
    const [registry, store] = [await registryWith([]), new InMemoryTenantStore()];
    const seed = () => Promise.reject(new Error('seed is wrong'));
    await expect(createTestTenant({ store, registry, seed })).rejects.toThrow('seed is wrong');
    expect((await store.list()).tenants).toEqual([]);
    expect(await schemas(registry)).toEqual([]);
  });
});

describe('withTenant', () => {
  it('runs as a tenant of the store, or as one made up from a slug, and leaves it again', async () => {
    const tenant = await new InMemoryTenantStore().create({ slug: 'acme' });
    expect(await withTenant(tenant, () => TenantContext.get())).toBe(tenant);
    const slug = await withTenant('globex', async (made) => {
      await Promise.resolve();
      expect(TenantContext.get()).toBe(made);
      return made.schema;
    });
    expect(slug).toBe('tenant_globex');
    expect(TenantContext.get()).toBeUndefined();
  });

  it('refuses what is no slug', async () => {
    await expect(withTenant('Acme; drop', () => undefined)).rejects.toMatchObject({
      code: 'TENANT_ID_INVALID',
    });
  });
});
