import { createServer } from 'node:net';
import { jest } from '@jest/globals';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { InMemoryTenantStore } from '@rowhouse/core';
import { createTestDatabase, type TestDatabase } from '@rowhouse/testing';
import { DataSourceRegistry } from '@rowhouse/typeorm';
import { dropRoles } from '../../../../test/support/roles.js';
import { OperatorAuth } from '../operator/operator-auth.guard.js';
import { isOperatorRoute } from '../operator/operator-controller.js';
import { closeApps, PLATFORMS, startApp } from '../platforms.fixture.js';
import { HeaderResolver } from '../resolvers/header.resolver.js';
import { TenancyModule } from '../tenancy.module.js';
import { TENANT_STORE } from '../tenancy.module-definition.js';
import { HealthChecks, type HealthFinding } from './health-checks.js';
import { Readiness } from './readiness.js';
import { TenancyHealthModule } from './tenancy-health.module.js';

const auth = new OperatorAuth({ tokens: [{ token: () => 'operator-secret' }] });
const OPERATOR = { authorization: 'Bearer operator-secret' };

/** The app's own: nobody is signed in. */
@Injectable()
class SignedIn implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    return isOperatorRoute(context);
  }
}

afterEach(closeApps);

async function get(url: string, path: string, headers: Record<string, string> = {}) {
  const response = await fetch(`${url}${path}`, { headers });
  return {
    status: response.status,
    body: (await response.json()) as {
      status: unknown;
      code?: string;
      checks?: Record<string, HealthFinding>;
    },
    cacheControl: response.headers.get('cache-control'),
  };
}

describe.each(PLATFORMS)('probes on %s', (platform) => {
  const start = (tenancy = {}, options = {}) =>
    startApp(platform, {
      tenancy,
      imports: [TenancyHealthModule.forRoot({ cacheMs: 0, auth, ...options })],
      providers: [{ provide: APP_GUARD, useClass: SignedIn }],
    });

  it.each([{ exclude: [] }, { exclude: ['/health/**'] }])(
    'need no tenant and no user with %j',
    async (tenancy) => {
      const { url } = await start(tenancy);
      const probes: Record<string, string>[] = [
        {},
        { 'x-tenant-id': 'nobody' },
        { 'x-tenant-id': '../etc' },
        { 'x-tenant-id': 'suspended' },
      ];
      for (const headers of probes)
        for (const path of ['/health/live', '/health/ready'])
          expect(await get(url, path, headers)).toEqual({
            status: 200,
            body: { status: 'ok' },
            cacheControl: 'no-store',
          });
    },
  );

  it('tell nobody but operators what was found', async () => {
    const { app, url } = await start();
    app.get(HealthChecks).add({
      name: 'disk',
      isEssential: true,
      check: () => Promise.reject(new Error('secret path')),
    });
    expect(await get(url, '/health/ready')).toMatchObject({ status: 503, body: { status: 'error' } });
    expect(JSON.stringify((await get(url, '/health/ready')).body)).toBe('{"status":"error"}');
    expect((await get(url, '/health')).status).toBe(401);
    expect((await get(url, '/health/tenants/acme')).status).toBe(401);
    expect(await get(url, '/health', OPERATOR)).toMatchObject({
      status: 503,
      body: {
        status: 'error',
        checks: { disk: { status: 'down', message: 'secret path' }, rates: { status: 'up' } },
      },
    });
    expect((await get(url, '/health/live')).status).toBe(200);
  });

  it('tell operators of a tenant, by slug or id', async () => {
    const { url } = await start();
    expect(await get(url, '/health/tenants/acme', OPERATOR)).toMatchObject({
      status: 200,
      body: { status: 'ok', checks: { tenants: { status: 'up', tenant: 'active' } } },
    });
    expect(await get(url, '/health/tenants/00000000-0000-4000-8000-00000000000a', OPERATOR)).toMatchObject({
      status: 200,
    });
    expect(await get(url, '/health/tenants/suspended', OPERATOR)).toMatchObject({
      status: 503,
      body: { checks: { tenants: { status: 'down', message: 'TENANT_SUSPENDED' } } },
    });
    for (const unknown of ['initech', 'No%20Slug', '..%2f'])
      expect(await get(url, `/health/tenants/${unknown}`, OPERATOR)).toMatchObject({ status: 404 });
  });

  it('have no routes for operators without a guard, and any path', async () => {
    const { url } = await start({}, { auth: undefined, path: 'internal/health' });
    expect((await get(url, '/internal/health/ready')).status).toBe(200);
    expect((await get(url, '/internal/health', OPERATOR)).status).toBe(404);
  });

  it('hear that the instance goes before it stops to serve', async () => {
    const { app, url } = await start();
    const readiness = app.get(Readiness);
    const seen = new Promise<number[]>((resolve) => {
      jest.spyOn(readiness, 'beforeApplicationShutdown').mockImplementationOnce(async () => {
        resolve([(await get(url, '/health/ready')).status, (await get(url, '/health/live')).status]);
      });
    });
    const closed = app.close();
    expect(await seen).toEqual([503, 200]);
    await closed;
  });

  it('find a store of tenants that fails, and that it is back', async () => {
    const store = new InMemoryTenantStore([{ slug: 'acme' }]);
    const { url } = await start({ store, directory: { ttlMs: 0, storeRetryMs: 0 } });
    const found = async () => (await get(url, '/health', OPERATOR)).body.checks?.['tenants']?.status;
    const ask = () => get(url, '/nowhere', { 'x-tenant-id': 'acme' });
    await ask();
    expect(await found()).toBe('up');
    const failing = jest.spyOn(store, 'findBySlug').mockRejectedValue(new Error('gone'));
    const listing = jest.spyOn(store, 'list').mockRejectedValue(new Error('gone'));
    await ask();
    expect(await found()).toBe('degraded');
    expect((await get(url, '/health/ready')).status).toBe(200);
    failing.mockRestore();
    listing.mockRestore();
    expect(await found()).toBe('up');
  });
});

it.each([{ path: '' }, { timeoutMs: 0 }, { cacheMs: -1 }, { auth: {} }, { details: true }])(
  '%j is refused at start-up',
  (options) => {
    expect(() => TenancyHealthModule.forRoot(options as object)).toThrow('TenancyHealthModule');
  },
);

describe('with a database', () => {
  const roles = `hea_${process.pid}`;
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(async () => {
    await closeApps();
    await database.drop();
    await dropRoles(roles);
  });

  it('all that it depends on is checked, and a broken placement concerns its tenants only', async () => {
    const nobody = createServer();
    await new Promise<void>((resolve) => nobody.listen(0, '127.0.0.1', resolve));
    const { port } = nobody.address() as { port: number };
    await new Promise((resolve) => nobody.close(resolve));
    const broken = `postgres://nobody:nothing@127.0.0.1:${port}/postgres`;
    const { app, url } = await startApp('fastify', {
      tenancy: TenancyModule.forRoot({
        typeorm: { type: 'postgres', url: database.loginUrl },
        directUrl: database.url,
        pool: {
          roles,
          databases: {
            placements: { eu: { url: () => database.url }, us: { url: () => broken } },
          },
        },
        rates: { store: 'catalog' },
        resolvers: [new HeaderResolver()],
      }),
      imports: [TenancyHealthModule.forRoot({ auth })],
    });
    const store = app.get(TENANT_STORE);
    const acme = await store.create({ slug: 'acme', status: 'active' });
    await app.get(DataSourceRegistry).homes.prepare(acme);
    await store.create({ slug: 'globex', status: 'active', isolation: 'database', placement: 'us' });

    const { status, body } = await get(url, '/health', OPERATOR);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      status: 'degraded',
      checks: {
        tenants: { status: 'up' },
        rates: { status: 'up', store: 'catalog' },
        database: { status: 'up' },
        pools: { status: 'up' },
        catalog: { status: 'up' },
        clock: { status: 'up' },
        listener: { status: 'up' },
        'placement:eu': { status: 'up' },
        'placement:us': { status: 'down' },
      },
    });
    expect((await get(url, '/health/ready')).status).toBe(200);
    expect(await get(url, '/health/tenants/acme', OPERATOR)).toMatchObject({
      status: 200,
      body: { status: 'ok', checks: { home: { status: 'up', isolation: 'schema' } } },
    });
    expect(await get(url, '/health/tenants/globex', OPERATOR)).toMatchObject({
      status: 503,
      body: { status: 'error', checks: { home: { status: 'down' } } },
    });
    expect(JSON.stringify(body)).not.toContain('nothing');
  });
});
