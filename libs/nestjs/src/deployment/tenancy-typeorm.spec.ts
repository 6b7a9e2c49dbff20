import { Body, Controller, Get, Injectable, Module, Post } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import {
  InjectDataSource,
  InjectEntityManager,
  InjectRepository,
  TypeOrmModule,
  type TypeOrmModuleOptions,
} from '@nestjs/typeorm';
import { Catalog, type Tenant, TenantDirectory, type WritableTenantStore } from '@rowhouse/core';
import { createTestDatabase, type TestDatabase } from '@rowhouse/testing';
import { DataSourceRegistry } from '@rowhouse/typeorm';
import pg from 'pg';
import {
  Column,
  type DataSource,
  Entity,
  type EntityManager,
  PrimaryGeneratedColumn,
  type Repository,
} from 'typeorm';
import { dropRoles } from '../../../../test/support/roles.js';
import { until } from '../../../../test/support/until.js';
import { closeApps, PLATFORMS, startApp } from '../platforms.fixture.js';
import { HeaderResolver } from '../resolvers/header.resolver.js';
import { SystemRoute } from '../routes/tenant-route.decorator.js';
import { TenancyModule } from '../tenancy.module.js';
import { TENANT_STORE } from '../tenancy.module-definition.js';
import type { TenancyModuleOptions } from '../tenancy-options.js';

// An ordinary application: nothing below, down to its root module, knows of tenants.

@Entity()
class Product {
  @PrimaryGeneratedColumn()
  id!: number;

  @Column()
  name!: string;
}

@Injectable()
class ProductsService {
  constructor(
    @InjectRepository(Product) private readonly products: Repository<Product>,
    @InjectDataSource() private readonly dataSource: DataSource,
    @InjectEntityManager() private readonly manager: EntityManager,
  ) {}

  async add(name: string): Promise<void> {
    await this.products.save({ name });
  }

  async names() {
    const names = async (found: Promise<Product[]>) => (await found).map(({ name }) => name);
    return {
      repository: await names(this.products.find()),
      manager: await names(this.manager.find(Product)),
      query: await names(this.dataSource.query('select * from product')),
    };
  }
}

@Controller('products')
class ProductsController {
  constructor(private readonly products: ProductsService) {}

  @Post()
  add(@Body() { name }: { name: string }) {
    return this.products.add(name);
  }

  @Get()
  names() {
    return this.products.names();
  }

  @Get('above')
  @SystemRoute('look for a table outside the tenants')
  above() {
    return this.products.names();
  }
}

@Module({
  imports: [TypeOrmModule.forFeature([Product])],
  providers: [ProductsService],
  controllers: [ProductsController],
})
class ProductsModule {}

let database: TestDatabase;
/** Roles are the whole server's: those of the default prefix are also those of other suites, at work in other databases. */
let roles: string;

beforeAll(async () => {
  database = await createTestDatabase();
  roles = database.name.replace('rowhouse_test', 'spec');
});
afterAll(async () => {
  await database.drop();
  await dropRoles(roles);
});
afterEach(closeApps);

const resolvers = [new HeaderResolver()];
const typeorm = (more: object = {}): TypeOrmModuleOptions => ({
  type: 'postgres',
  url: database.loginUrl,
  autoLoadEntities: true,
  poolSize: 2,
  retryAttempts: 1,
  ...more,
});

async function addTenants(
  store: WritableTenantStore,
  registry: DataSourceRegistry,
  ...slugs: string[]
): Promise<Tenant[]> {
  const tenants: Tenant[] = [];
  for (const slug of slugs) {
    const tenant = await store.create({ slug });
    await registry.homes.prepare(tenant);
    await registry.for(tenant).synchronize();
    tenants.push(tenant);
  }
  return tenants;
}

async function connectionsOf(name: string): Promise<number> {
  const client = new pg.Client({ connectionString: process.env.ROWHOUSE_TEST_URL });
  await client.connect();
  const { rows } = await client.query('select count(*)::int as n from pg_stat_activity where datname = $1', [
    name,
  ]);
  await client.end();
  return rows[0].n;
}

describe.each(PLATFORMS)('An ordinary TypeORM application on %s', (platform) => {
  it('serves many tenants when its root module says TenancyModule', async () => {
    const { app, url } = await startApp(platform, {
      tenancy: TenancyModule.forRoot({
        typeorm: typeorm(),
        directUrl: database.url,
        resolvers,
        pool: { roles },
      }),
      imports: [ProductsModule],
    });
    const store = app.get<WritableTenantStore>(TENANT_STORE);
    const [first, second] = [`first-${platform}`, `second-${platform}`];
    const [tenant] = await addTenants(store, app.get(DataSourceRegistry), first, second);

    const call = (slug: string, path = '', init: RequestInit = {}) =>
      fetch(`${url}/products${path}`, {
        ...init,
        headers: { 'x-tenant-id': slug, 'content-type': 'application/json' },
      });
    const add = (slug: string, name: string) =>
      call(slug, '', { method: 'POST', body: JSON.stringify({ name }) });
    await Promise.all([add(first, 'anvil'), add(second, 'rocket')]);

    expect(await (await call(first)).json()).toEqual({
      repository: ['anvil'],
      manager: ['anvil'],
      query: ['anvil'],
    });
    expect(await (await call(second)).json()).toEqual({
      repository: ['rocket'],
      manager: ['rocket'],
      query: ['rocket'],
    });
    // The system sees no tenant's table.
    expect((await call(first, '/above')).status).toBe(500);

    // A change made by any instance arrives by NOTIFY.
    await app
      .get(Catalog)
      .query("update rowhouse.tenants set status = 'suspended' where id = $1", [tenant?.id]);
    await until(async () => (await call(first)).status === 403);
  });

  it('closes every connection when it is shut down', async () => {
    const { app, url } = await startApp(platform, {
      tenancy: TenancyModule.forRoot({
        typeorm: typeorm(),
        directUrl: database.url,
        resolvers,
        pool: { roles },
      }),
      imports: [ProductsModule],
    });
    await fetch(`${url}/products`, { headers: { 'x-tenant-id': 'nobody' } });
    expect(await connectionsOf(database.name)).toBeGreaterThan(0);
    await app.close();
    await until(async () => (await connectionsOf(database.name)) === 0);
    await app.close();
  });
});

describe('TenancyModule with TypeORM', () => {
  const start = async (options: Partial<TenancyModuleOptions>) => {
    const tenancy = TenancyModule.forRoot({
      resolvers,
      directUrl: database.url,
      ...options,
      ...(options.typeorm ? { pool: { roles, ...options.pool } } : {}),
    });
    const module = await Test.createTestingModule({ imports: [tenancy] }).compile();
    return module.init();
  };

  it('opens data sources that have a name', async () => {
    const inventory = typeorm({ name: 'inventory' });
    for (const tenancy of [
      TenancyModule.forRoot({ typeorm: inventory, directUrl: database.url, resolvers, pool: { roles } }),
      TenancyModule.forRootAsync({
        dataSourceName: 'inventory',
        useFactory: () => ({ typeorm: inventory, directUrl: database.url, resolvers, pool: { roles } }),
      }),
    ]) {
      const imports = [tenancy, TypeOrmModule.forFeature([Product], 'inventory')];
      const module = await Test.createTestingModule({ imports }).compile();
      expect(module.get(DataSourceRegistry).ambient.isInitialized).toBe(true);
      await module.close();
    }
  });

  it('refuses a name that stands only in the options of a factory', async () => {
    const useFactory = () => ({ typeorm: typeorm({ name: 'inventory' }), resolvers });
    const module = Test.createTestingModule({ imports: [TenancyModule.forRootAsync({ useFactory })] });
    await expect(module.compile()).rejects.toThrow(/typeorm\.name: expected the same as `dataSourceName`/);
  });

  it('refuses at once what would act on one schema for all tenants', async () => {
    // With the default of ten attempts, three seconds apart, this would not end in time if it were tried again.
    const synchronizing = typeorm({ synchronize: true, retryAttempts: undefined });
    await expect(start({ typeorm: synchronizing })).rejects.toThrow(/typeorm\.synchronize: it is refused/);
  });

  it('hands the options of the pool on', async () => {
    const module = await start({ typeorm: typeorm(), pool: { sharedSchemas: ['reference'] } });
    const registry = module.get(DataSourceRegistry);
    const store = module.get<WritableTenantStore>(TENANT_STORE);
    const [tenant] = await addTenants(store, registry, 'pooled');
    const rows = await registry.for(tenant as Tenant).query('show search_path');
    expect(rows[0].search_path).toContain('reference');
    await module.close();
  });

  it('examines itself before it serves anybody, and refuses to start where tenants are not kept apart', async () => {
    const safe = await start({ typeorm: typeorm(), selfCheck: 'enforce' });
    await safe.close();
    const asSuperuser = start({ typeorm: typeorm({ url: database.url }), production: true });
    await expect(asSuperuser).rejects.toMatchObject({ code: 'SELF_CHECK_FAILED' });
    const accepted = await start({ typeorm: typeorm({ url: database.url }), selfCheck: 'off' });
    await accepted.close();
  });

  it('serves what the owner has prepared, without the login of the owner', async () => {
    const owned = await start({ typeorm: typeorm() });
    const registry = owned.get(DataSourceRegistry);
    const [tenant] = await addTenants(owned.get<WritableTenantStore>(TENANT_STORE), registry, 'served');
    await registry.homes.repairShared();
    await owned.close();

    const serving = await start({ typeorm: typeorm(), directUrl: undefined, selfCheck: 'enforce' });
    expect(await serving.get(TenantDirectory).bySlug('served')).toEqual(tenant);
    expect(
      await serving
        .get(DataSourceRegistry)
        .for(tenant as Tenant)
        .getRepository(Product)
        .count(),
    ).toBe(0);
    const another = serving.get<WritableTenantStore>(TENANT_STORE).create({ slug: 'another' });
    await expect(another).rejects.toThrow('permission denied');
    await serving.close();
  });

  it('does not start without the owner where nobody has prepared anything', async () => {
    const pool = { roles: 'unprepared_by_anybody' };
    await expect(start({ typeorm: typeorm(), directUrl: undefined, pool })).rejects.toMatchObject({
      code: 'OWNER_PRIVILEGE_MISSING',
    });
  });

  it('lives without TypeORM, on a catalog that directUrl names', async () => {
    const module = await start({ directUrl: database.url });
    const store = module.get<WritableTenantStore>(TENANT_STORE);
    expect(await store.create({ slug: 'plain' })).toMatchObject({ slug: 'plain' });
    expect(() => module.get(DataSourceRegistry)).toThrow();
    await module.close();
  });

  it('says why it does not start where the catalog cannot be reached', async () => {
    const unreachable = new URL(database.url);
    unreachable.pathname = '/nowhere';
    await expect(start({ directUrl: unreachable.href })).rejects.toThrow('database "nowhere" does not exist');
  });
});
