import { Controller, type ExecutionContext, Get, UseGuards } from '@nestjs/common';
import type { Tenant } from '@rowhouse/core';
import { OperatorAuth } from '@rowhouse/nestjs/operator';
import { MetricsDeployment, type Platform, WorkController } from '../metrics.fixture.js';
import type { Counts } from '../reading/counts.js';
import { MetricsCollection } from './metrics-collection.js';
import { TenancyMetricsModule } from './tenancy-metrics.module.js';

const auth = new OperatorAuth({ tokens: [{ token: () => 'secret' }] });
/** Nothing is flushed but by hand and at the end. */
const SELDOM = { flushMs: 60_000 };
const metricsModule = () => TenancyMetricsModule.forRoot({ ...SELDOM, path: 'admin', auth });

let open: MetricsDeployment;
let tenants: readonly Tenant[];
beforeEach(async () => {
  open = await MetricsDeployment.open();
});
afterEach(() => open.close());

const send = async (url: string, path: string, tenant?: string, headers: Record<string, string> = {}) => {
  const response = await fetch(`${url}/${path}`, {
    headers: { ...(tenant && { 'x-tenant-id': tenant }), ...headers },
  });
  await response.text();
  return response.status;
};

const read = async (url: string, path: string) => {
  const response = await fetch(`${url}/admin/metrics/${path}`, {
    headers: { authorization: 'Bearer secret' },
  });
  // biome-ignore lint/suspicious/noExplicitAny: bodies are looked into without declaring each.
  return { status: response.status, body: (await response.json()) as any };
};

describe('three instances of an app', () => {
  it('count exactly what 30 tenants do, together, and lose nothing when one ends', async () => {
    tenants = [
      ...(await open.tenants(Array.from({ length: 15 }, (_, n) => `schema-${n}`))),
      ...(await open.tenants(
        Array.from({ length: 14 }, (_, n) => `row-${n}`),
        'row',
      )),
      ...(await open.tenants(['own'], 'database')),
    ];
    const platforms: readonly Platform[] = ['express', 'fastify', 'express'];
    const instances: Array<Awaited<ReturnType<MetricsDeployment['start']>>> = [];
    for (const platform of platforms) instances.push(await open.start(metricsModule(), { platform }));
    const [first, second, third] = instances;
    if (!first || !second || !third) throw new Error('not three');

    // Tenant n sends n + 1 requests with 2 statements to each instance, all tenants at once.
    const load = async () => {
      await Promise.all(
        instances.flatMap(({ url }) =>
          tenants.map(async ({ slug }, n) => {
            for (let i = 0; i <= n; i += 1) expect(await send(url, 'work/2', slug)).toBe(200);
          }),
        ),
      );
    };
    await load();
    await Promise.all(instances.map(({ app }) => app.get(MetricsCollection).flush()));
    for (const [n, { slug }] of tenants.entries()) {
      const { body } = await read(second.url, slug);
      const requests = 3 * (n + 1);
      expect({ slug, ...(body.ever as Counts) }).toMatchObject({
        slug,
        requests,
        responses2xx: requests,
        responses4xx: 0,
        responses5xx: 0,
        statements: 2 * requests,
        failedStatements: 0,
        rows: 4 * requests,
      });
      expect(body.lastHour).toEqual(body.ever);
    }
    const all = (3 * 30 * 31) / 2;
    expect((await read(first.url, 'global')).body).toMatchObject({
      ever: { responses2xx: all, statements: 2 * all },
      activeTenants: 30,
      withoutTenant: { ever: { requests: 0, statements: 0 } },
    });
    const { body: top } = await read(third.url, 'top?by=requests&limit=3');
    expect(top.items).toEqual(
      [29, 28, 27].map((n) => ({
        tenantId: tenants[n]?.id,
        slug: tenants[n]?.slug,
        value: 3 * (n + 1),
        share: (3 * (n + 1)) / all,
      })),
    );

    // What an instance has not flushed is not there yet; when it ends, it is.
    expect(await send(third.url, 'work/2', 'own')).toBe(200);
    expect((await read(second.url, 'own')).body.ever.requests).toBe(90);
    await third.app.close();
    expect((await read(second.url, 'own')).body.ever.requests).toBe(91);
  }, 120_000);
});

describe.each<Platform>(['express', 'fastify'])('an app on %s', (platform) => {
  it('counts failures, and requests without a tenant apart; its last ones when it ends', async () => {
    await open.tenants(['acme', 'globex']);
    const { app, url } = await open.start(metricsModule(), { platform });
    expect(await send(url, 'missing', 'acme')).toBe(404);
    expect(await send(url, 'broken', 'acme')).toBe(500);
    expect(await send(url, 'open')).toBe(200);
    expect(await send(url, 'work/1')).toBe(400);
    expect(await send(url, 'work/1', 'nobody')).toBe(404);
    expect(await send(url, 'health')).toBe(404);
    await app.close();

    const other = await open.start(metricsModule(), { platform });
    expect((await read(other.url, 'acme')).body).toMatchObject({
      tenant: { slug: 'acme' },
      ever: {
        requests: 2,
        responses2xx: 0,
        responses4xx: 1,
        responses5xx: 1,
        statements: 1,
        failedStatements: 1,
      },
      jobs: { waiting: 0, running: 0, failed: 0 },
      storage: null,
      activeUsers: { today: 0, thirtyDays: 0 },
    });
    expect((await read(other.url, 'globex')).body).toMatchObject({
      ever: { requests: 0, latencyMs: null },
      since: null,
    });
    expect((await read(other.url, 'global')).body.withoutTenant.ever).toMatchObject({
      requests: 4,
      responses2xx: 1,
      responses4xx: 3,
    });
    const { body } = await read(other.url, 'acme/series?resolution=hour');
    expect(body.items).toHaveLength(720);
    expect(body.items.reduce((sum: number, { requests }: Counts) => sum + requests, 0)).toBe(2);
  });

  it('tells users apart, and slow statements by their shape', async () => {
    await open.tenants(['acme']);

    @Controller()
    @UseGuards({
      canActivate: (context: ExecutionContext) => {
        const request = context.switchToHttp().getRequest();
        request.user = { sub: request.headers['x-user'] };
        return true;
      },
    })
    class WhoController extends WorkController {
      @Get('who')
      who() {
        return 'you';
      }
    }
    const { app, url } = await open.start(
      TenancyMetricsModule.forRoot({ ...SELDOM, path: 'admin', auth, slowStatementMs: 0 }),
      {
        platform,
        controllers: [WhoController],
      },
    );
    for (const user of ['ada', 'bob', 'ada']) await send(url, 'who', 'acme', { 'x-user': user });
    await send(url, 'work/1', 'acme', { 'x-user': 'cy' });
    await app.get(MetricsCollection).flush();
    expect((await read(url, 'acme')).body).toMatchObject({
      activeUsers: { today: 3, thirtyDays: 3 },
      slowStatements: [{ shape: 'select generate_series(?, …)', calls: 1, rows: 1 }],
    });
  });
});

describe('the routes of metrics', () => {
  it('are for operators, and refuse what is not valid', async () => {
    await open.tenants(['acme']);
    const { url } = await open.start(metricsModule());
    expect((await fetch(`${url}/admin/metrics/global`)).status).toBe(401);
    for (const path of [
      'top?by=secrets',
      'top?by=rows&limit=0',
      'acme/series?resolution=day',
      'acme/series?from=yesterday',
      'acme/series?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z',
    ])
      expect([path, (await read(url, path)).status]).toEqual([path, 400]);
    expect((await read(url, 'nobody')).status).toBe(404);
  });

  it('are not there without a path, and refused without a guard', async () => {
    const { url } = await open.start(TenancyMetricsModule.forRootAsync({ useFactory: () => SELDOM }));
    expect((await fetch(`${url}/admin/metrics/global`)).status).toBe(404);
    expect(() => TenancyMetricsModule.forRoot({ path: 'admin' })).toThrow(
      expect.objectContaining({ code: 'OPTIONS_INVALID' }),
    );
    await expect(open.start(TenancyMetricsModule.forRoot({ flushMs: 1 }))).rejects.toMatchObject({
      code: 'OPTIONS_INVALID',
    });
  });
});
