import type { TenancyPoolOptions, Tenant } from '@rowhouse/core';
import { TenancyHealthModule } from '@rowhouse/nestjs';
import { OperatorAuth } from '@rowhouse/nestjs/operator';
import { createTestDatabase, type TestDatabase } from '@rowhouse/testing';
import pg from 'pg';
import { MetricsDeployment, type Platform } from './metrics.fixture.js';
import { measureStorage } from './upkeep/storage-sizes.js';

let open: MetricsDeployment;
let eu: TestDatabase;
const tenants: Tenant[] = [];

/** @param changes - of the application's URL. */
function pool(changes: { port?: string } = {}): TenancyPoolOptions {
  const url = Object.assign(new URL(eu.loginUrl), changes).href;
  const ownerUrl = Object.assign(new URL(open.ownerUrl), { pathname: `/${eu.name}` }).href;
  return {
    roles: open.roles,
    databases: { placements: { eu: { url: () => url, ownerUrl: () => ownerUrl } } },
  };
}

beforeAll(async () => {
  open = await MetricsDeployment.open();
  eu = await createTestDatabase();
  const client = new pg.Client(eu.url);
  await client.connect();
  await client.query(`alter database ${eu.name} owner to ${open.ownerPrefix}_login`);
  await client.end();
  const fleet = await open.fleet(pool());
  for (const placement of ['default', 'eu'])
    for (const isolation of ['schema', 'row'] as const)
      tenants.push(await fleet.tenants.create({ slug: `${isolation}-${placement}`, isolation, placement }));
});
afterEach(() => open.closeApps());
afterAll(async () => {
  await eu.drop();
  await open.close();
});

describe.each(['express', 'fastify'] as Platform[])('an app on %s', (platform) => {
  const start = async (options: TenancyPoolOptions) => {
    const auth = new OperatorAuth({ tokens: [{ token: () => 'operator-secret' }] });
    const { url } = await open.start(TenancyHealthModule.forRoot({ cacheMs: 0, auth }), {
      platform,
      tenancy: { pool: options },
    });
    return (path: string, slug?: string) =>
      fetch(`${url}${path}`, {
        headers: slug === undefined ? { authorization: 'Bearer operator-secret' } : { 'x-tenant-id': slug },
      });
  };

  it('serves tenants of a placement as all others', async () => {
    const get = await start(pool());
    for (const { slug } of tenants) expect((await get('/work/2', slug)).status).toBe(200);
  });

  it('fails for the tenants of a placement that is away, and for no other, and says so', async () => {
    const get = await start(pool({ port: '1' }));
    for (const { slug, placement } of tenants) {
      const response = await get('/work/2', slug);
      if (placement === 'default') {
        expect(response.status).toBe(200);
        continue;
      }
      expect(response.status).toBe(503);
      expect(response.headers.get('retry-after')).toBe('5');
      const text = await response.text();
      expect(JSON.parse(text)).toMatchObject({ code: 'PLACEMENT_UNAVAILABLE' });
      expect(text).not.toMatch(/127\.0\.0\.1|ECONNREFUSED/);
    }
    const health = (await (await get('/health')).json()) as {
      status: string;
      checks: Record<string, unknown>;
    };
    expect(health).toMatchObject({ status: 'degraded', checks: { 'placement:eu': { status: 'down' } } });
    expect((await get('/health/ready')).status).toBe(200);
  });
});

it('the sizes of schemas are measured in each database', async () => {
  const { deployment, tenants: life } = await open.fleet(pool());
  for (const tenant of tenants.filter(({ isolation }) => isolation === 'schema'))
    await (await deployment.registry.directFor(tenant)).query('create table things (id serial primary key)');
  const problems: unknown[] = [];
  await measureStorage({
    catalog: open.catalog,
    store: { list: () => life.list() } as Parameters<typeof measureStorage>[0]['store'],
    registry: deployment.registry,
    signal: new AbortController().signal,
    onProblem: (error) => problems.push(error),
  });
  expect(problems).toEqual([]);
  const { rows } = await open.catalog.query<{ slug: string }>(
    `select t.slug from rowhouse.metric_storage s join rowhouse.tenants t on t.id = s.tenant_id
      where s.table_bytes + s.index_bytes > 0 order by 1`,
  );
  expect(rows.map(({ slug }) => slug)).toEqual(['schema-default', 'schema-eu']);
});
