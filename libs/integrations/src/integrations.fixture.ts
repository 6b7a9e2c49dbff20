import { randomBytes } from 'node:crypto';
import type { CanActivate, ExecutionContext, INestApplication } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { Catalog, type Tenant, TenantContext, type TenantIsolation } from '@rowhouse/core';
import { databaseNameOf, localKeys } from '@rowhouse/core/internal';
import { Fleet } from '@rowhouse/migrations/fleet';
import { HeaderResolver, TenancyModule } from '@rowhouse/nestjs';
import { createTestDatabase, type TestDatabase } from '@rowhouse/testing';
import { DataSourceRegistry, openTenantDataSource } from '@rowhouse/typeorm';
import pg from 'pg';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { freePort } from '../../../test/support/free-port.js';
import { dropRoles } from '../../../test/support/roles.js';
import type { TenantIntegrationsModuleOptions } from './integrations-options.js';
import type { TenantMcpModuleOptions } from './mcp/mcp-options.js';
import { TenantMcpModule } from './mcp/tenant-mcp.module.js';
import { TenantMcpExchange } from './mcp/tenant-mcp-exchange.entity.js';
import { TenantMcpServer } from './mcp/tenant-mcp-server.entity.js';
import type { IntegrationView } from './nest/integration-view.js';
import { TenantIntegrationsModule } from './nest/tenant-integrations.module.js';
import { TenantAuthorization } from './oauth/tenant-authorization.entity.js';
import { CalendarProvider, CLIENT } from './stand-ins/calendar-provider.fixture.js';
import { TenantIntegration } from './tenant-integration.entity.js';
import { TenantIntegrations } from './tenant-integrations.js';

export const ISOLATIONS = ['schema', 'row', 'database'] as const satisfies readonly TenantIsolation[];
export const PLATFORMS = ['express', 'fastify'] as const;
export const ENTITIES = [TenantIntegration, TenantAuthorization, TenantMcpServer, TenantMcpExchange];
export const SECRET = 'a secret of the specs, of more than 32 letters';

export const keysOf = (...ids: readonly number[]) =>
  localKeys(ids.map((id) => ({ id: `k${id}`, secret: Buffer.alloc(32, id).toString('base64') })));

/** Whom the header `x-user` names is signed in; without it, nobody is. */
export const SIGNED_IN: CanActivate = {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest();
    const user: unknown = request.headers['x-user'];
    if (typeof user === 'string') request.user = { sub: user };
    return typeof user === 'string';
  },
};

/** What `rowhouse migration generate` makes of the entities; without the foreign key to the catalog, which homes of one tenant do not have. */
async function generatedMigration(fleet: Fleet): Promise<new () => MigrationInterface> {
  const generated = await fleet.generate({ name: 'AddIntegrations', timestamp: 1_764_288_000_000 });
  const statements = (generated?.up ?? []).filter(({ text }) => !text.includes('rowhouse.tenants'));
  class AddIntegrations1764288000000 implements MigrationInterface {
    async up(runner: QueryRunner): Promise<void> {
      for (const { text, values } of statements) await runner.query(text, values && [...values]);
    }
    async down(): Promise<void> {}
  }
  return AddIntegrations1764288000000;
}

export interface IntegrationsApp {
  readonly app: INestApplication;
  readonly url: string;
  readonly integrations: TenantIntegrations;
}

export interface IntegrationsAppOptions {
  readonly platform?: (typeof PLATFORMS)[number];
  readonly integrations?: Partial<TenantIntegrationsModuleOptions>;
  readonly mcp?: Partial<TenantMcpModuleOptions>;
}

/** A deployment with two tenants of each isolation, a provider with a calendar, and apps that connect them. */
export class IntegrationsDeployment {
  readonly tenants = new Map<string, Tenant>();
  readonly #apps: INestApplication[] = [];
  readonly #opened: { close(): Promise<void> }[] = [];

  private constructor(
    readonly database: TestDatabase,
    readonly owner: string,
    readonly ownerUrl: string,
    readonly catalog: Catalog,
    readonly provider: CalendarProvider,
    readonly roles: string,
  ) {}

  static async open(): Promise<IntegrationsDeployment> {
    const database = await createTestDatabase();
    const owner = `own_${randomBytes(6).toString('hex')}`;
    await onServer(database.url, [
      `create role ${owner} login createrole createdb password 'owner'`,
      `alter database ${database.name} owner to ${owner}`,
    ]);
    const ownerUrl = Object.assign(new URL(database.url), { username: owner, password: 'owner' }).href;
    const catalog = new Catalog({ url: ownerUrl });
    await catalog.migrate();
    const roles = `int_${randomBytes(5).toString('hex')}`;
    const provider = await CalendarProvider.open();
    const deployment = new IntegrationsDeployment(database, owner, ownerUrl, catalog, provider, roles);
    await deployment.#createTenants();
    return deployment;
  }

  async #createTenants(): Promise<void> {
    const fleet = await this.#fleet([await generatedMigration(await this.#fleet([]))]);
    for (const isolation of ISOLATIONS)
      for (const name of ['one', 'two']) {
        const slug = `${isolation}-${name}`;
        this.tenants.set(slug, await fleet.tenants.create({ slug, isolation }));
      }
  }

  async #fleet(migrations: (new () => MigrationInterface)[]): Promise<Fleet> {
    const tenancy = { roles: this.roles };
    const ambient = await openTenantDataSource(
      { type: 'postgres', url: this.database.loginUrl, poolSize: 4, entities: ENTITIES, migrations },
      tenancy,
    );
    const registry = new DataSourceRegistry({ ambient, directUrl: this.ownerUrl, tenancy });
    this.#opened.push(registry, { close: () => ambient.destroy() });
    return Fleet.open({ registry, catalog: this.catalog, pool: tenancy });
  }

  tenant(slug: string): Tenant {
    const tenant = this.tenants.get(slug);
    if (!tenant) throw new Error(`There is no tenant ${slug}.`);
    return tenant;
  }

  /** A port is found first: the provider sends browsers there. */
  async app({
    platform = 'fastify',
    integrations,
    mcp,
  }: IntegrationsAppOptions = {}): Promise<IntegrationsApp> {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const calendar = { ...CLIENT, endpoints: this.provider.endpoints, scopes: ['calendar'] };
    const module = await Test.createTestingModule({
      imports: [
        TenancyModule.forRoot({
          typeorm: { type: 'postgres', url: this.database.loginUrl, entities: ENTITIES, poolSize: 4 },
          directUrl: this.ownerUrl,
          pool: { roles: this.roles },
          resolvers: [new HeaderResolver()],
        }),
        TenantIntegrationsModule.forRoot({
          path: 'integrations',
          auth: SIGNED_IN,
          url: `${url}/integrations`,
          secret: SECRET,
          keys: keysOf(1),
          providers: { calendar, other: calendar },
          ...integrations,
        }),
        TenantMcpModule.forRoot({ path: 'mcp-servers', auth: SIGNED_IN, keys: keysOf(1), ...mcp }),
      ],
    }).compile();
    const adapter = platform === 'express' ? new ExpressAdapter() : new FastifyAdapter();
    const app = module.createNestApplication(adapter, { logger: false });
    this.#apps.push(app);
    await app.listen(port, '127.0.0.1');
    return { app, url, integrations: app.get(TenantIntegrations) };
  }

  async closeApps(): Promise<void> {
    for (const app of this.#apps.splice(0)) await app.close();
  }

  /** Runs a statement as a tenant. */
  query(
    { app }: IntegrationsApp,
    slug: string,
    text: string,
    values: unknown[] = [],
  ): Promise<Record<string, unknown>[]> {
    return app.get(DataSourceRegistry).for(this.tenant(slug)).query(text, values);
  }

  as<T>(slug: string, work: () => Promise<T>): Promise<T> {
    return TenantContext.run(this.tenant(slug), work, { actor: { type: 'user', id: 'ada' } });
  }

  /** As if the access token had come long ago. */
  async expire(app: IntegrationsApp, slug: string, id: string): Promise<void> {
    await this.query(app, slug, 'update tenant_integrations set expires_at = now() where id = $1', [id]);
  }

  async close(): Promise<void> {
    await this.closeApps();
    await this.provider.close();
    for (const one of this.#opened) await one.close();
    await this.catalog.close();
    await onServer(
      this.database.url,
      [...this.tenants.values()]
        .filter(({ isolation }) => isolation === 'database')
        .map(
          (tenant) => `drop database if exists ${pg.escapeIdentifier(databaseNameOf(tenant))} with (force)`,
        ),
    );
    await this.database.drop();
    await dropRoles(this.roles);
    await dropRoles(this.owner);
  }
}

async function onServer(url: string, statements: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  for (const text of statements) await client.query(text);
  await client.end();
}

export interface Answer<T = Record<string, unknown>> {
  readonly status: number;
  readonly location: string | null;
  readonly body: T;
}

/** A browser in which a user of one tenant is signed in. */
export class Browser {
  constructor(
    readonly url: string,
    readonly tenant: string | undefined,
    readonly user: string | undefined = 'ada',
  ) {}

  async call<T = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<Answer<T>> {
    return this.go(`${this.url}/integrations${path}`, method, body);
  }

  async go<T = Record<string, unknown>>(url: string, method = 'GET', body?: unknown): Promise<Answer<T>> {
    const response = await fetch(url, {
      method,
      redirect: 'manual',
      headers: {
        ...(this.tenant && { 'x-tenant-id': this.tenant }),
        ...(this.user && { 'x-user': this.user }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      location: response.headers.get('location'),
      body: (response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : undefined) as T,
    };
  }

  /** As a provider sends it back: it names no tenant, but the user is signed in. */
  returned(url: string): Promise<Answer> {
    return new Browser(this.url, undefined, this.user).go(url);
  }

  /** @returns where the provider sends the browser back to. */
  async begin(query = '', provider = 'calendar'): Promise<string> {
    const { status, location } = await this.call('GET', `/authorize/${provider}${query}`);
    expect(status).toBe(302);
    const { headers } = await fetch(location ?? '', { redirect: 'manual' });
    return headers.get('location') ?? '';
  }

  /** @returns the id of a new connection. */
  async connect(query = '', provider = 'calendar'): Promise<string> {
    const { status, location } = await this.returned(await this.begin(query, provider));
    expect(status).toBe(302);
    return new URL(location ?? '').searchParams.get('integration') ?? '';
  }

  async list(): Promise<readonly IntegrationView[]> {
    return (await this.call<{ items: IntegrationView[] }>('GET', '')).body.items;
  }
}
