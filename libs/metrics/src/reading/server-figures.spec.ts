/** @suite postgres15 */
import type { Tenant } from '@rowhouse/core';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '@rowhouse/testing';
import pg from 'pg';
import { MetricsDeployment } from '../metrics.fixture.js';
import { TenantMetrics } from './tenant-metrics.js';

let server: EmbeddedPostgres;
let open: MetricsDeployment;
beforeAll(async () => {
  server = await startEmbeddedPostgres({
    binDir: process.env['ROWHOUSE_POSTGRES_BIN'],
    settings: { shared_preload_libraries: 'pg_stat_statements' },
  });
  open = await MetricsDeployment.open(server.url);
});
afterAll(async () => {
  await open?.close();
  await server?.stop();
});

const asSuperuser = async (text: string) => {
  const client = new pg.Client({ connectionString: open.database.url });
  await client.connect();
  await client.query(text);
  await client.end();
};

it('tells time and blocks of tenants with roles of their own, where the owner may read them', async () => {
  const [acme, globex] = await open.tenants(['acme', 'globex']);
  const [row] = await open.tenants(['row'], 'row');
  const [own] = await open.tenants(['own'], 'database');
  const metrics = new TenantMetrics(open.catalog);
  const of = async (tenant: Tenant | undefined) => (await metrics.of(tenant as Tenant)).server;
  expect(await of(acme)).toBeNull();

  await asSuperuser(
    'create schema "Weird Figures"; create extension pg_stat_statements schema "Weird Figures"',
  );
  expect(await of(acme)).toBeNull();
  await asSuperuser(`grant usage on schema "Weird Figures" to ${new URL(open.ownerUrl).username}`);
  const { deployment } = await open.fleet();
  for (const tenant of [acme, own]) {
    const owner = await deployment.registry.directFor(tenant as Tenant);
    await owner.query('create table items (n int)');
    await deployment.registry.homes.prepare(tenant as Tenant);
    const home = deployment.registry.for(tenant as Tenant);
    await home.query('insert into items select generate_series(1, 10000)');
    await home.query('select count(*) from items');
  }
  for (const tenant of [acme, own]) {
    expect(await of(tenant)).toEqual({
      executionMs: expect.any(Number),
      cpuMs: null,
      blocksHit: expect.any(Number),
      blocksRead: expect.any(Number),
      blocksDirtied: expect.any(Number),
      blocksWritten: expect.any(Number),
      since: expect.any(Date),
    });
    expect((await of(tenant))?.blocksHit).toBeGreaterThan(40);
  }
  expect(await of(globex)).toMatchObject({ blocksHit: 0, executionMs: 0 });
  expect(await of(row)).toBeNull();
  const all = (await metrics.fleet()).server;
  expect(all?.blocksHit).toBe(((await of(acme))?.blocksHit ?? 0) + ((await of(own))?.blocksHit ?? 0));
});

it('tells nothing where the extension is not loaded', async () => {
  const other = await MetricsDeployment.open();
  try {
    const client = new pg.Client({ connectionString: other.database.url });
    await client.connect();
    await client.query('create extension pg_stat_statements');
    await client.end();
    const [acme] = await other.tenants(['acme']);
    expect((await new TenantMetrics(other.catalog).of(acme as Tenant)).server).toBeNull();
  } finally {
    await other.close();
  }
});
