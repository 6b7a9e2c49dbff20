import type { AddressInfo } from 'node:net';
import { Controller, Get, type INestApplication } from '@nestjs/common';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { HealthCheck, HealthCheckService, HealthIndicatorService, TerminusModule } from '@nestjs/terminus';
import { Test } from '@nestjs/testing';
import { TenancyAdminModule } from '@rowhouse/admin';
import { Catalog, HttpTenantStore, PostgresTenantStore, TenantDirectory } from '@rowhouse/core';
import { TenancyMigrationModule, TenantLifecycle } from '@rowhouse/migrations';
import {
  ApiKeyResolver,
  CurrentTenant,
  HeaderResolver,
  TENANT_STORE,
  TenancyModule,
  type Tenant,
  TenantController,
} from '@rowhouse/nestjs';
import { OperatorAuth } from '@rowhouse/nestjs/operator';
import { createTestDatabase, type TestDatabase } from '@rowhouse/testing';
import { dropRoles } from '../support/roles.js';
import { until } from '../support/until.js';
import { TenantServiceModule } from './tenant-service.module.js';

const ROLES = 'tenant_service';
const auth = () =>
  new OperatorAuth({
    tokens: [
      { role: 'viewer', id: 'app-a', token: () => 'app-a' },
      { role: 'operator', id: 'ada', token: () => 'ada' },
    ],
  });

@TenantController('plan')
class PlanController {
  @Get()
  plan(@CurrentTenant() { slug, plan }: Tenant) {
    return { slug, plan };
  }
}

@Controller('health')
class HealthController {
  constructor(
    private readonly health: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    private readonly directory: TenantDirectory,
  ) {}

  /** As docs/tenant-service.md has it. */
  @Get()
  @HealthCheck()
  check() {
    const { failingSince } = this.directory.stats();
    const tenants = this.indicators.check('tenants');
    return this.health.check([
      () => (failingSince ? tenants.up({ isDegraded: true, failingSince }) : tenants.up()),
    ]);
  }
}

const MINUTE_MS = 60_000;

describe.each(['express', 'fastify'])('an app whose tenants another app keeps, on %s', (platform) => {
  let database: TestDatabase;
  let service: INestApplication | undefined;
  let app: INestApplication;
  let port = 0;
  let url: string;
  /** Added to both clocks of the app. */
  let passedMs: number;

  /** App B. It comes back at the address that it had. */
  async function startService(): Promise<void> {
    const module = await Test.createTestingModule({
      imports: [
        TenancyModule.forRoot({
          typeorm: { type: 'postgres', url: database.loginUrl },
          directUrl: database.url,
          pool: { roles: ROLES },
          resolvers: [new HeaderResolver()],
        }),
        TenancyMigrationModule.forRoot({}),
        TenancyAdminModule.forRoot({ path: 'admin', auth: auth() }),
        TenantServiceModule.forRoot({ path: 'service', auth: auth() }),
      ],
    }).compile();
    service =
      platform === 'fastify'
        ? module.createNestApplication(new FastifyAdapter(), { logger: false })
        : module.createNestApplication({ logger: false });
    await service.listen(port, '127.0.0.1');
    port = (service.getHttpServer().address() as AddressInfo).port;
  }

  async function stopService(): Promise<void> {
    await service?.close();
    service = undefined;
  }

  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(async () => {
    await database.drop();
    await dropRoles(ROLES);
  });

  beforeEach(async () => {
    passedMs = 0;
    await startService();
    const store = new HttpTenantStore({
      baseUrl: `http://127.0.0.1:${port}/service`,
      headers: { authorization: 'Bearer app-a' },
      backoffMs: 1,
      // A time-out would be a failure, which memory stands in for.
      timeoutMs: MINUTE_MS,
      now: () => Date.now() + passedMs,
    });
    const module = await Test.createTestingModule({
      controllers: [PlanController, HealthController],
      imports: [
        TerminusModule.forRoot({ logger: false }),
        TenancyModule.forRoot({
          store,
          directory: { now: () => performance.now() + passedMs },
          resolvers: [new HeaderResolver(), new ApiKeyResolver()],
          exclude: ['/health'],
        }),
      ],
    }).compile();
    app =
      platform === 'fastify'
        ? module.createNestApplication(new FastifyAdapter(), { logger: false })
        : module.createNestApplication({ logger: false });
    await app.listen(0, '127.0.0.1');
    url = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
  });
  afterEach(async () => {
    await app.close();
    await stopService();
  });

  const create = async (slug: string) => service?.get(TenantLifecycle).create({ slug, plan: 'pro' });
  async function ask(headers: Record<string, string>) {
    const response = await fetch(`${url}/plan`, { headers });
    const { slug, plan, code } = (await response.json()) as Record<string, string>;
    return [response.status, response.ok ? `${slug} ${plan}` : code];
  }
  const askAs = (slug: string) => ask({ 'x-tenant-id': slug });
  async function health() {
    const response = await fetch(`${url}/health`);
    const { details } = (await response.json()) as { details: { tenants: Record<string, unknown> } };
    expect(response.status).toBe(200);
    return details.tenants;
  }
  async function statusAtService(slug: string) {
    const authorization = 'Bearer app-a';
    const url = `http://127.0.0.1:${port}/service/tenants?slug=${slug}`;
    return ((await (await fetch(url, { headers: { authorization } })).json()) as Tenant).status;
  }
  const known = (slug: string) => [200, `${slug} pro`];

  it('serves those that it knows while the service is down, refuses others, says so, and is normal again at once', async () => {
    const [one, other] = [`one-${platform}`, `other-${platform}`];
    await create(one);
    await create(other);
    expect(await askAs(one)).toEqual(known(one));
    expect(await askAs('nobody')).toEqual([404, 'TENANT_NOT_FOUND']);
    expect(await health()).toEqual({ status: 'up' });

    await stopService();
    expect(await askAs(one)).toEqual(known(one));
    expect(await askAs(other)).toEqual([503, 'TENANT_STORE_UNAVAILABLE']);
    passedMs += 2 * MINUTE_MS;
    expect(await askAs(one)).toEqual(known(one));
    expect(await health()).toMatchObject({
      status: 'up',
      isDegraded: true,
      failingSince: expect.any(String),
    });

    await startService();
    expect(await askAs(other)).toEqual(known(other));
    expect(await health()).not.toHaveProperty('isDegraded');
    expect(await askAs('nobody')).toEqual([404, 'TENANT_NOT_FOUND']);
  });

  it('serves nobody for longer than the limits say', async () => {
    const slug = `limit-${platform}`;
    await create(slug);
    expect(await askAs(slug)).toEqual(known(slug));
    await stopService();
    passedMs += 5 * MINUTE_MS;
    expect(await askAs(slug)).toEqual(known(slug));
    // One `ttlMs` and both `staleIfErrorMs` have passed.
    passedMs += 6 * MINUTE_MS;
    expect(await askAs(slug)).toEqual([503, 'TENANT_STORE_UNAVAILABLE']);
  });

  it('honours a suspension when the time to live has passed', async () => {
    const slug = `suspended-${platform}`;
    await create(slug);
    expect(await askAs(slug)).toEqual(known(slug));
    const suspended = await fetch(`http://127.0.0.1:${port}/admin/tenants/${slug}/suspend`, {
      method: 'POST',
      headers: { authorization: 'Bearer ada' },
    });
    expect(suspended.status).toBe(200);
    // The service itself hears of it a moment later, and an answer from before would count for another minute.
    await until(async () => (await statusAtService(slug)) === 'suspended');
    passedMs += MINUTE_MS;
    expect(await askAs(slug)).toEqual([403, 'TENANT_SUSPENDED']);
  });

  it('finds tenants by keys that hold everywhere, and none by one that is held to networks', async () => {
    const slug = `keys-${platform}`;
    const tenant = await create(slug);
    const store = service?.get<PostgresTenantStore>(TENANT_STORE);
    const key = (await store?.addApiKey(String(tenant?.id), 'ci')) as string;
    const held = (await store?.addApiKey(String(tenant?.id), 'office')) as string;
    await service
      ?.get(Catalog)
      .query(`update rowhouse.tenant_api_keys set networks = '{10.0.0.0/8}' where label = 'office'`);
    expect(await ask({ 'x-api-key': key })).toEqual(known(slug));
    expect((await ask({ 'x-api-key': held }))[0]).toBe(404);
  });

  it('gives the service nothing to change, and nobody else anything to read', async () => {
    const get = (path: string, headers = {}) =>
      fetch(`http://127.0.0.1:${port}/service/${path}`, { headers });
    expect((await get('tenants?slug=acme')).status).toBe(401);
    const authorization = 'Bearer app-a';
    expect((await get('tenants?slug=nobody', { authorization })).status).toBe(404);
    expect((await get('tenants', { authorization })).status).toBe(400);
    expect((await get('tenants?slug=acme&domain=a.example', { authorization })).status).toBe(400);
    expect((await get('tenants/none', { authorization })).status).toBe(400);
  });
});
