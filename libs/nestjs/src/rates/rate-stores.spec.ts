import { jest } from '@jest/globals';
import { Controller, Get } from '@nestjs/common';
import { Catalog, InMemoryTenantStore, TenantHomes } from '@rowhouse/core';
import { createTestDatabase, type TestDatabase } from '@rowhouse/testing';
import pg from 'pg';
import { dropRoles } from '../../../../test/support/roles.js';
import { startTcpProxy } from '../../../../test/support/tcp-proxy.js';
import { until } from '../../../../test/support/until.js';
import { TenancyHealthModule } from '../health/tenancy-health.module.js';
import { OperatorAuth } from '../operator/operator-auth.guard.js';
import { closeApps, PLATFORMS, startApp } from '../platforms.fixture.js';
import { CatalogRateStore } from './catalog-rate-store.js';
import { MemoryRateStore } from './memory-rate-store.js';
import { RateLimit } from './rate-limit.decorator.js';
import { describeRateStore } from './rate-store.fixture.js';
import type { RateStore } from './rate-store.js';

/** Requests of a flood at a time. */
const LANES = 10;
/** How long a request waits for the shared store. */
const ANSWER_MS = 500;

@Controller('reports')
class ReportsController {
  @Get()
  @RateLimit('70/day')
  list(): object {
    return {};
  }
}

const memory = new MemoryRateStore();
describeRateStore('memory', () => [memory]);

describe('of logins that do not own the catalog', () => {
  const owner = `own_rates_${process.pid}`;
  const roles = `rates_${process.pid}`;
  let database: TestDatabase;
  let catalogs: Catalog[];
  let stores: RateStore[];

  beforeAll(async () => {
    database = await createTestDatabase();
    const server = new pg.Client(database.url);
    await server.connect();
    await server.query(`create role ${owner} login createrole createdb password 'owner'`);
    await server.query(`alter database ${database.name} owner to ${owner}`);
    await server.end();
    const ownerUrl = Object.assign(new URL(database.url), { username: owner, password: 'owner' }).href;
    const owning = new Catalog({ url: ownerUrl });
    await owning.migrate();
    const login = new URL(database.loginUrl).username;
    const homes = new TenantHomes({ owner: { url: ownerUrl }, logins: [login], pool: { roles } });
    await homes.prepareDeployment();
    await homes.close();
    catalogs = Array.from({ length: 3 }, () => new Catalog({ url: database.loginUrl }));
    stores = catalogs.map((catalog) => new CatalogRateStore(catalog));
    catalogs.push(owning);
  });

  // A store that answers late on a busy machine is not one that is away.
  beforeEach(() => {
    const { setTimeout } = globalThis;
    const patient = (work: () => void, ms?: number) => setTimeout(work, ms === ANSWER_MS ? 60_000 : ms);
    jest.spyOn(globalThis, 'setTimeout').mockImplementation(patient as typeof setTimeout);
  });
  afterEach(() => void jest.restoreAllMocks());

  afterAll(async () => {
    await Promise.all(catalogs.map((catalog) => catalog.close()));
    await database.drop();
    await dropRoles(roles);
    const server = new pg.Client(process.env['ROWHOUSE_TEST_URL']);
    await server.connect();
    await server.query(`drop role if exists ${owner}`);
    await server.end();
  });

  describeRateStore('the catalog', () => stores);

  it('such a login reaches the windows by their functions only', async () => {
    const [app, , , owning] = catalogs as [Catalog, Catalog, Catalog, Catalog];
    await expect(app.query('update rowhouse.rate_windows set used = 0')).rejects.toThrow('permission denied');
    await expect(app.query('delete from rowhouse.rate_windows')).rejects.toThrow('permission denied');
    const tenantRole = await owning.query(
      `select has_function_privilege($1, p.oid, 'EXECUTE') as may from pg_proc p where p.proname = 'take_rates'`,
      [`${roles}_shared`],
    );
    expect(tenantRole.rows).toEqual([{ may: false }]);
  });

  it('requests of one tenant to three instances are let through exactly as often as they may', async () => {
    const tenancy = {
      store: new InMemoryTenantStore([{ slug: 'acme' }]),
      directUrl: database.loginUrl,
      rates: { store: 'catalog' as const },
    };
    const controllers = [ReportsController];
    const apps = await Promise.all(PLATFORMS.map((platform) => startApp(platform, { controllers, tenancy })));
    apps.push(await startApp('fastify', { controllers, tenancy }));
    const answers: number[] = [];
    await Promise.all(
      apps.map(async ({ url }) => {
        for (let n = 0; n < 40; n += 1)
          answers.push((await fetch(`${url}/reports`, { headers: { 'x-tenant-id': 'acme' } })).status);
      }),
    );
    expect(answers.filter((status) => status === 200)).toHaveLength(70);
    expect(answers.filter((status) => status === 429)).toHaveLength(50);
    await closeApps();
  });

  it('one that is refused costs the others nothing; without the store requests go on, and health says so', async () => {
    const url = new URL(database.loginUrl);
    const proxy = await startTcpProxy(Number(url.port));
    let asked = 0;
    proxy.onSend = (bytes) => {
      asked += bytes.toString('latin1').split('rowhouse.take_rates').length - 1;
    };
    const { url: app } = await startApp('fastify', {
      controllers: [ReportsController],
      tenancy: {
        store: new InMemoryTenantStore([{ slug: 'flooding' }, { slug: 'quiet' }]),
        directUrl: Object.assign(url, { port: String(proxy.port) }).href,
        rates: { store: 'catalog' as const },
      },
      imports: [
        TenancyHealthModule.forRoot({
          cacheMs: 0,
          timeoutMs: 60_000,
          auth: new OperatorAuth({ tokens: [{ token: () => 'secret' }] }),
        }),
      ],
    });
    const visit = async (slug: string) =>
      (await fetch(`${app}/reports`, { headers: { 'x-tenant-id': slug } })).status;
    const ratesNow = async () => {
      const answer = await fetch(`${app}/health`, { headers: { authorization: 'Bearer secret' } });
      return ((await answer.json()) as { checks: { rates: object } }).checks.rates;
    };
    try {
      while ((await visit('flooding')) !== 429);
      asked = 0;
      const begunAt = performance.now();
      const flood: number[] = [];
      const flooding = Promise.all(
        Array.from({ length: LANES }, async () => {
          for (let n = 0; n < 20; n += 1) flood.push(await visit('flooding'));
        }),
      );
      for (let n = 0; n < 20; n += 1) expect(await visit('quiet')).toBe(200);
      await flooding;
      expect(new Set(flood)).toEqual(new Set([429]));
      // Of the flood those ask, once a second, that come before the first of them has its answer.
      const seconds = Math.ceil((performance.now() - begunAt) / 1_000);
      expect(asked).toBeLessThanOrEqual(20 + seconds * LANES);

      expect(await ratesNow()).toMatchObject({ status: 'up', store: 'catalog' });
      proxy.fault = 'refuse';
      proxy.cut();
      expect(await visit('quiet')).toBe(200);
      expect(await visit('flooding')).toBe(200);
      expect(await ratesNow()).toMatchObject({
        status: 'degraded',
        store: 'catalog',
        message: expect.stringContaining('this instance counts for itself'),
      });
      proxy.fault = 'pass';
      await until(async () => ((await ratesNow()) as { status: string }).status === 'up');
      expect(await visit('flooding')).toBe(429);
    } finally {
      await closeApps();
      await proxy.close();
    }
  });

  it('windows that have ended are removed, and no others', async () => {
    const [app, , , owning] = catalogs as [Catalog, Catalog, Catalog, Catalog];
    await owning.query(
      "update rowhouse.rate_windows set ends_at = now() - interval '1 hour' where key like '% one'",
    );
    await app.query('select rowhouse.drop_ended_rates()');
    const { rows } = await owning.query<{ key: string }>('select key from rowhouse.rate_windows');
    expect(rows.map(({ key }) => key)).toEqual(expect.arrayContaining(['the catalog narrow']));
    expect(rows.map(({ key }) => key)).not.toContain('the catalog one');
  });
});
