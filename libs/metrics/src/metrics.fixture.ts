import { randomBytes } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import {
  Controller,
  type DynamicModule,
  Get,
  type INestApplication,
  Inject,
  InternalServerErrorException,
  NotFoundException,
  Param,
  ParseIntPipe,
  type Type,
} from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import {
  Catalog,
  parseTenant,
  type TenancyPoolOptions,
  type Tenant,
  type TenantIsolation,
} from '@rowhouse/core';
import { databaseNameOf } from '@rowhouse/core/internal';
import { Fleet } from '@rowhouse/migrations/fleet';
import { HeaderResolver, SystemRoute, TenancyModule, type TenancyModuleOptions } from '@rowhouse/nestjs';
import type { TestDatabase } from '@rowhouse/testing';
import { DataSourceRegistry, openTenantDataSource } from '@rowhouse/typeorm';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { createCatalogDatabase } from '../../../test/support/catalog-database.js';
import { dropRoles } from '../../../test/support/roles.js';

@Controller()
export class WorkController {
  constructor(@Inject(DataSource) private readonly dataSource: DataSource) {}

  /** As many statements as rows each. */
  @Get('work/:n')
  async work(@Param('n', ParseIntPipe) n: number) {
    for (let i = 0; i < n; i += 1) await this.dataSource.query('select generate_series(1, $1)', [n]);
    return { n };
  }

  /** Keeps a connection busy. */
  @Get('hold/:ms')
  async hold(@Param('ms', ParseIntPipe) ms: number) {
    await this.dataSource.query('select pg_sleep($1)', [ms / 1_000]);
    return { ms };
  }

  @Get('missing')
  missing() {
    throw new NotFoundException();
  }

  @Get('broken')
  async broken() {
    await this.dataSource.query('select 1 / 0').catch(() => {});
    throw new InternalServerErrorException();
  }

  @SystemRoute()
  @Get('open')
  open() {
    return 'open';
  }
}

export type Platform = 'express' | 'fastify';

/** A database with a catalog that is owned by no superuser, and apps on it. */
export class MetricsDeployment {
  readonly #apps: INestApplication[] = [];
  readonly #fleets: Array<() => Promise<void>> = [];

  private constructor(
    readonly database: TestDatabase,
    readonly ownerUrl: string,
    readonly catalog: Catalog,
    readonly roles: string,
    readonly ownerPrefix: string,
  ) {}

  /** @param serverUrl - of another server than that of the suites. */
  static async open(serverUrl?: string): Promise<MetricsDeployment> {
    const prefix = `own_${randomBytes(6).toString('hex')}`;
    const database = await createCatalogDatabase({ owner: `${prefix}_login`, serverUrl });
    const { ownerUrl } = database;
    const catalog = new Catalog({ url: ownerUrl });
    await catalog.migrate();
    return new MetricsDeployment(
      database,
      ownerUrl,
      catalog,
      `met_${randomBytes(5).toString('hex')}`,
      prefix,
    );
  }

  /** Makes tenants with homes. */
  async tenants(slugs: readonly string[], isolation: TenantIsolation = 'schema'): Promise<Tenant[]> {
    const fleet = await this.fleet();
    const made: Tenant[] = [];
    for (const slug of slugs) made.push(await fleet.tenants.create({ slug, isolation }));
    return made;
  }

  async fleet(pool: TenancyPoolOptions = {}): Promise<Fleet> {
    const tenancy = { roles: this.roles, ...pool };
    const ambient = await openTenantDataSource(
      { type: 'postgres', url: this.database.loginUrl, poolSize: 2 },
      tenancy,
    );
    const registry = new DataSourceRegistry({ ambient, directUrl: this.ownerUrl, tenancy });
    this.#fleets.push(async () => {
      await registry.close();
      await ambient.destroy();
    });
    return Fleet.open({ registry, catalog: this.catalog, pool: tenancy });
  }

  /** An instance of the app. */
  async start(
    metrics: DynamicModule,
    {
      platform = 'express',
      controllers = [WorkController],
      tenancy = {},
    }: { platform?: Platform; controllers?: Type[]; tenancy?: Partial<TenancyModuleOptions> } = {},
  ): Promise<{ app: INestApplication; url: string }> {
    const module = await Test.createTestingModule({
      controllers,
      imports: [
        TenancyModule.forRoot({
          typeorm: { type: 'postgres', url: this.database.loginUrl, poolSize: 4, retryAttempts: 1 },
          directUrl: this.ownerUrl,
          pool: { roles: this.roles },
          resolvers: [new HeaderResolver()],
          exclude: ['/health'],
          ...tenancy,
        }),
        metrics,
      ],
    }).compile();
    const adapter = platform === 'express' ? new ExpressAdapter() : new FastifyAdapter();
    const app = module.createNestApplication(adapter, { logger: false });
    this.#apps.push(app);
    await app.listen(0, '127.0.0.1');
    const { port } = app.getHttpServer().address() as AddressInfo;
    return { app, url: `http://127.0.0.1:${port}` };
  }

  async closeApps(): Promise<void> {
    for (const app of this.#apps.splice(0)) await app.close();
  }

  async close(): Promise<void> {
    await this.closeApps();
    for (const close of this.#fleets) await close();
    const { rows } = await this.catalog.query(
      `select *, created_at as "createdAt", updated_at as "updatedAt" from rowhouse.tenants where isolation = 'database'`,
    );
    await onServer(
      this.database.url,
      rows.map(
        (row) =>
          `drop database if exists ${pg.escapeIdentifier(databaseNameOf(parseTenant(row)))} with (force)`,
      ),
    );
    await this.catalog.close();
    await this.database.drop();
    await dropRoles(this.roles);
    await dropRoles(this.ownerPrefix);
  }
}

async function onServer(url: string, statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  for (const text of statements) await client.query(text);
  await client.end();
}
