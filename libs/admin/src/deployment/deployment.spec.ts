import { Catalog, TenantDirectory } from '@rowhouse/core';
import { DataSourceRegistry, TenantContext } from '@rowhouse/nestjs';
import { until } from '../../../../test/support/until.js';
import { AdminDeployment } from '../admin-app.fixture.js';

let deployment: AdminDeployment;

beforeEach(async () => {
  deployment = await AdminDeployment.open();
});
afterEach(() => deployment.close());

/** An app with tenants, and another instance of it. */
async function startTwo(...slugs: string[]) {
  const first = await deployment.start();
  for (const slug of slugs) await first.ended(await first.call('POST', 'tenants', { body: { slug } }));
  return { first, second: await deployment.start({ platform: 'fastify' }) };
}

describe('the cache of tenants', () => {
  it('is counted for the process that answers, and flushed in all', async () => {
    const { first, second } = await startTwo('acme');
    const directories = [first, second].map(({ app }) => app.get(TenantDirectory));
    for (const directory of directories) {
      await directory.bySlug('acme');
      await directory.bySlug('acme');
    }
    expect(await second.call('GET', 'cache/stats', { role: 'viewer' })).toMatchObject({
      status: 200,
      body: {
        process: { host: expect.any(String), pid: process.pid, startedAt: expect.any(String) },
        size: 1,
        hits: 1,
        misses: 1,
      },
    });
    expect(await first.call('POST', 'cache/flush', { role: 'viewer' })).toMatchObject({ status: 403 });
    expect(await first.call('POST', 'cache/flush', { role: 'operator' })).toMatchObject({ status: 204 });
    expect(directories[0]?.stats().size).toBe(0);
    await until(() => directories[1]?.stats().size === 0);
  });
});

describe('the pools', () => {
  it('are listed with the tenants that use them', async () => {
    const { call, ended, app } = await deployment.start();
    await ended(await call('POST', 'tenants', { body: { slug: 'initech', isolation: 'database' } }));
    const tenant = await app.get(TenantDirectory).bySlug('initech');
    if (!tenant) throw new Error('The tenant was not made.');
    const runner = app.get(DataSourceRegistry).ambient.createQueryRunner();
    await TenantContext.run(tenant, () => runner.connect());
    const { body } = await call('GET', 'pools', { role: 'viewer' });
    expect(body.process).toMatchObject({ pid: process.pid });
    expect(body.items).toEqual([
      expect.objectContaining({ kind: 'primary', placement: null, tenantId: null }),
      expect.objectContaining({
        kind: 'tenant',
        placement: 'default',
        tenantId: tenant.id,
        total: 1,
        idle: 0,
        tenants: [{ tenantId: tenant.id, active: 1, waiting: 0 }],
      }),
    ]);
    await runner.release();
    await call('DELETE', 'tenants/initech?retentionDays=0');
    await ended(await call('POST', 'tenants/initech/purge', { body: { confirm: 'initech' } }));
  });
});

describe('the doctor', () => {
  it('examines on the path of the app, once for all who ask at the same time', async () => {
    const { call } = await deployment.start();
    const answers = await Promise.all(['doctor', 'doctor'].map((path) => call('GET', path)));
    const [report, same] = answers.map(({ body }) => body);
    expect(report).toEqual(same);
    expect(report.checks.map(({ id }: { id: string }) => id)).toContain('pins.hold');
    expect(report.checks.filter(({ status }: { status: string }) => status === 'fail')).toEqual([]);
    const quick = (await call('GET', 'doctor?quick=true', { role: 'operator' })).body;
    expect(quick.checks.length).toBeLessThan(report.checks.length);
    expect(await call('GET', 'doctor', { role: 'viewer' })).toMatchObject({ status: 403 });
    expect(await call('GET', 'doctor?quick=perhaps')).toMatchObject({ status: 400 });
  });
});

describe('drift', () => {
  it('is found page by page, with what differs', async () => {
    const { first } = await startTwo('acme', 'globex', 'hooli');
    const catalog = first.app.get(Catalog);
    await catalog.query('alter table tenant_globex.products add column note text');
    await catalog.query('drop schema tenant_hooli cascade');
    const pages = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const { status, body }: Awaited<ReturnType<typeof first.call>> = await first.call(
        'GET',
        `drift?limit=1${cursor && `&cursor=${cursor}`}`,
        { role: 'operator' },
      );
      expect(status).toBe(200);
      pages.push({ compared: body.compared, items: body.items });
      cursor = body.next;
    }
    const drifted = { finding: 'drifted', migrations: [], error: null };
    expect(pages).toEqual([
      { compared: 1, items: [] },
      {
        compared: 1,
        items: [
          {
            ...drifted,
            home: 'globex',
            differences: [{ kind: 'column', name: 'products.note', change: 'extra', actual: 'text' }],
          },
        ],
      },
      {
        compared: 1,
        items: [
          {
            ...drifted,
            home: 'hooli',
            differences: [{ kind: 'schema', name: 'tenant_hooli', change: 'missing' }],
          },
        ],
      },
    ]);
    const cursor = Buffer.from('["Not a slug"]').toString('base64url');
    expect(await first.call('GET', `drift?cursor=${cursor}`)).toMatchObject({ status: 400 });
  });

  it('is none where there are no tenants', async () => {
    const { call } = await deployment.start();
    expect((await call('GET', 'drift')).body).toEqual({ compared: 0, items: [], next: null });
  });
});
