import { FleetMigrations } from '@rowhouse/migrations';
import { runRequestSchema } from '@rowhouse/migrations/internal';
import pg from 'pg';
import { until } from '../../../../test/support/until.js';
import { AdminDeployment, PLATFORMS } from '../admin-app.fixture.js';

type App = Awaited<ReturnType<AdminDeployment['start']>>;

let deployment: AdminDeployment;
let client: pg.Client;

beforeEach(async () => {
  deployment = await AdminDeployment.open();
  client = new pg.Client(deployment.database.url);
  await client.connect();
});
afterEach(async () => {
  await client.end();
  await deployment.close();
});

async function withTenants(app: App, ...slugs: readonly string[]): Promise<void> {
  for (const slug of slugs) await app.ended(await app.call('POST', 'tenants', { body: { slug } }));
}

const tables = async () =>
  (await client.query("select schemaname from pg_tables where tablename = 'products' order by 1")).rows.map(
    ({ schemaname }) => schemaname,
  );

/** Keeps the table of a tenant from being dropped until the promise that it returns is called. */
async function hold(schema: string): Promise<() => Promise<void>> {
  await client.query('begin');
  await client.query(`lock table ${schema}.products in access share mode`);
  return async () => void (await client.query('rollback'));
}

const down = { direction: 'down' as const, lockTimeoutMs: 200, retries: 0 };

describe.each(PLATFORMS)('runs of migrations on %s', (platform) => {
  it('are operations with the id of the run, with steps, progress and a result', async () => {
    const app = await deployment.start({ platform });
    const { call, ended, url } = app;
    await withTenants(app, 'acme', 'globex');
    const begun = await call('POST', 'migrations/runs', { body: down });
    expect(begun).toMatchObject({
      status: 202,
      body: { kind: 'migrations.run', tenantId: null, actor: { id: 'owner' } },
    });
    expect(begun.headers.get('location')).toBe(`../operations/${begun.body.id}`);
    const events = await fetch(`${url}/admin/operations/${begun.body.id}/events`, {
      headers: { authorization: 'Bearer viewer' },
    });
    expect(await events.text()).toMatch(/event: operation\ndata: .*"state":"succeeded"/);
    expect(await ended(begun)).toMatchObject({
      state: 'succeeded',
      steps: [{ name: 'wave 1' }],
      progress: { done: 2, total: 2, unit: 'homes' },
      result: { runId: begun.body.id, total: 2, done: 2, skipped: 0 },
    });
    expect(await tables()).toEqual([]);
    const up = await ended(await call('POST', 'migrations/runs', { body: { tenants: ['acme'] } }));
    expect(up).toMatchObject({ state: 'succeeded', result: { done: 1 } });
    expect(await tables()).toEqual(['tenant_acme']);
    const { body } = await call('GET', `migrations/runs/${up.id}/homes`, { role: 'viewer' });
    expect(body).toMatchObject({ items: [{ label: 'acme', state: 'done', wave: 1 }], next: null });
  });

  it('that have nothing to do succeed at once', async () => {
    const app = await deployment.start({ platform });
    await withTenants(app, 'acme');
    const begun = await app.call('POST', 'migrations/runs');
    expect(await app.ended(begun)).toMatchObject({ state: 'succeeded', result: { runId: null, total: 0 } });
  });

  it('are refused to viewers and with options that are wrong, and come once with a key', async () => {
    const app = await deployment.start({ platform });
    const { call } = app;
    expect((await call('POST', 'migrations/runs', { role: 'viewer', body: {} })).status).toBe(403);
    for (const wrong of [{ steps: 1 }, { canary: 0 }, { tenants: [] }, { colour: 'red' }])
      expect((await call('POST', 'migrations/runs', { body: wrong })).status).toBe(400);
    const headers = { 'idempotency-key': 'once' };
    const one = await call('POST', 'migrations/runs', { headers, body: {} });
    await app.ended(one);
    expect((await call('POST', 'migrations/runs', { headers, body: {} })).body.id).toBe(one.body.id);
    expect((await call('POST', 'migrations/runs', { headers, body: down })).status).toBe(422);
  });
});

it('a run of a filter migrates the tenants that fit it when it begins, and no other', async () => {
  const app = await deployment.start();
  await withTenants(app, 'acme', 'globex', 'hooli');
  const start = async (body: object) => app.ended(await app.call('POST', 'migrations/runs', { body }));
  await app.call('POST', 'tenants/globex/suspend');
  expect(await start({ ...down, filter: { status: 'active' } })).toMatchObject({ result: { done: 2 } });
  expect(await tables()).toEqual(['tenant_globex']);
  const [lacks] = (await app.call('GET', 'migrations')).body.migrations;
  expect(await start({ filter: { search: 'hoo', lacks, unfinished: false } })).toMatchObject({
    result: { done: 1 },
  });
  expect(await tables()).toEqual(['tenant_globex', 'tenant_hooli']);
  expect(await start({ filter: {} })).toMatchObject({ result: { done: 1 } });
  expect(await tables()).toEqual(['tenant_acme', 'tenant_globex', 'tenant_hooli']);
});

it('a run of a filter has more tenants than a request could name', async () => {
  const app = await deployment.start();
  await app.ended(await app.call('POST', 'tenants', { body: { slug: 'acme', isolation: 'row' } }));
  await client.query(
    `insert into rowhouse.tenants (id, slug, name, status, isolation, placement, plan)
     select gen_random_uuid(), 'many-tenants-in-one-' || n, 'Shop', 'active', 'row', placement, plan
       from generate_series(1, 5000) n, rowhouse.tenants where slug = 'acme'`,
  );
  const { id } = await app.ended(
    await app.call('POST', 'migrations/runs', { body: { ...down, filter: { search: 'many' } } }),
  );
  expect((await app.call('GET', `operations/${id}`)).body).toMatchObject({
    state: 'succeeded',
    result: { total: 1, done: 1 },
  });
  const { rows } = await client.query(
    `select pg_catalog.jsonb_array_length(input -> 'tenants') as named, input ? 'filter' as filter
       from rowhouse.operations where id = $1`,
    [id],
  );
  expect(rows).toEqual([{ named: 5_000, filter: false }]);
});

it('a run of a filter is refused to viewers, beside names, and where no tenant fits', async () => {
  const { call } = await deployment.start();
  const filter = { search: 'nobody' };
  const refused = async (body: object) => {
    const { status, body: problem } = await call('POST', 'migrations/runs', { body });
    return [status, problem.code, problem.errors];
  };
  expect(await call('POST', 'migrations/runs', { role: 'viewer', body: { filter } })).toMatchObject({
    status: 403,
  });
  expect(await refused({ filter })).toEqual([
    400,
    'REQUEST_INVALID',
    [{ field: 'filter', expected: 'expected to fit a tenant; it fits none' }],
  ]);
  for (const beside of [{ tenants: ['acme'] }, { where: { plan: 'free' } }])
    expect(await refused({ filter, ...beside })).toEqual([
      400,
      'REQUEST_INVALID',
      [{ field: 'filter', expected: 'expected without tenants and where' }],
    ]);
  for (const wrong of [{ colour: 'red' }, { status: 'lost' }, { unfinished: 'true' }])
    expect((await call('POST', 'migrations/runs', { body: { filter: wrong } })).status).toBe(400);
  expect((await call('GET', 'operations')).body.items).toEqual([]);
});

it('a run of which homes fail fails, and lists them', async () => {
  const app = await deployment.start();
  await withTenants(app, 'acme', 'globex');
  const release = await hold('tenant_acme');
  const ended = await app.ended(await app.call('POST', 'migrations/runs', { body: down }));
  await release();
  expect(ended).toMatchObject({
    state: 'failed',
    error: '1 of 2 homes failed.',
    result: null,
    progress: { done: 1, total: 2 },
  });
  const failed = await app.call('GET', `migrations/runs/${ended.id}/homes?state=failed`);
  expect(failed.body.items).toMatchObject([{ label: 'acme', error: expect.stringContaining('lock') }]);
});

it('a run that has failed is tried again, and only by an operator', async () => {
  const app = await deployment.start();
  await withTenants(app, 'acme', 'globex');
  const release = await hold('tenant_acme');
  const { id } = await app.ended(await app.call('POST', 'migrations/runs', { body: down }));
  const retry = (role: 'viewer' | 'operator' = 'operator') =>
    app.call('POST', `operations/${id}/retry`, { role });
  const stillFailed = await app.ended(await retry());
  expect(stillFailed).toMatchObject({ id, state: 'failed', error: '1 of 2 homes failed.' });
  expect(await tables()).toEqual(['tenant_acme']);
  await release();
  expect((await retry('viewer')).status).toBe(403);
  const answers = await Promise.all([retry(), retry()]);
  expect(answers.map(({ status }) => status).sort()).toEqual([202, 409]);
  const ended = await app.ended({ body: { id } } as never);
  expect(ended).toMatchObject({
    state: 'succeeded',
    error: null,
    actor: { id: 'operator' },
    progress: { done: 2, total: 2 },
    result: { runId: id, total: 2, done: 2 },
  });
  expect(await tables()).toEqual([]);
  expect(await retry()).toMatchObject({ status: 409, body: { detail: 'The operation has not failed.' } });
  const [made] = (await app.call('GET', 'operations?kind=tenant.create')).body.items;
  expect(await app.call('POST', `operations/${made.id}/retry`)).toMatchObject({
    status: 409,
    body: { detail: 'An operation of this kind cannot be tried again.' },
  });
});

it('a run that failed before it was recorded is begun again', async () => {
  const app = await deployment.start();
  await withTenants(app, 'acme');
  const id = '5f0c1a52-8f3b-4d39-9c55-2d1d8f6f2b12';
  await client.query(
    `insert into rowhouse.operations (id, kind, input, state, problem) values ($1, 'migrations.run', $2, 'failed', '{"message":"x"}')`,
    [id, JSON.stringify(runRequestSchema.parse(down))],
  );
  expect((await app.call('POST', `operations/${id}/retry`)).status).toBe(202);
  expect(await app.ended({ body: { id } } as never)).toMatchObject({
    state: 'succeeded',
    result: { done: 1 },
  });
});

it('a run that is cancelled stops, and stays so', async () => {
  const app = await deployment.start();
  await withTenants(app, 'acme', 'globex');
  const release = await hold('tenant_acme');
  const begun = await app.call('POST', 'migrations/runs', {
    body: { ...down, concurrency: 1, retries: 100, lockTimeoutMs: 300 },
  });
  await until(async () => (await app.call('GET', `operations/${begun.body.id}`)).body.steps.length > 0);
  expect((await app.call('POST', `operations/${begun.body.id}/cancel`)).status).toBe(202);
  expect(await app.ended(begun)).toMatchObject({ state: 'cancelled', isCancelRequested: true });
  await release();
  expect(await app.app.get(FleetMigrations).get(begun.body.id)).toMatchObject({ state: 'cancelled' });
});

describe('a run that is paused', () => {
  const slow = { ...down, concurrency: 1, retries: 100, lockTimeoutMs: 300 };

  /** Two instances, a run of the first that waits for the home of acme, and that was paused by the second. */
  async function paused() {
    const first = await deployment.start();
    const second = await deployment.start({ platform: 'fastify' });
    await withTenants(first, 'acme', 'globex', 'hooli');
    const release = await hold('tenant_acme');
    const { id } = (await first.call('POST', 'migrations/runs', { body: slow })).body;
    const read = async () => (await first.call('GET', `operations/${id}`)).body;
    await until(async () => (await read()).steps.length > 0);
    expect((await second.call('POST', `operations/${id}/pause`, { role: 'viewer' })).status).toBe(403);
    expect(await second.call('POST', `operations/${id}/pause`, { role: 'operator' })).toMatchObject({
      status: 202,
      body: { state: 'running', isPauseRequested: true },
    });
    await until(async () => (await read()).state === 'paused');
    await release();
    return { first, second, id, read };
  }

  it('by another instance stops after what is under way, and goes on when it is resumed', async () => {
    const { first, second, id, read } = await paused();
    expect(await read()).toMatchObject({ isPauseRequested: false, finishedAt: null, error: null });
    expect((await first.call('GET', `migrations/runs/${id}/waves`, { role: 'viewer' })).body).toEqual({
      items: [{ wave: 1, isCanary: false, total: 3, done: 0, failed: 0, skipped: 0, pending: 3 }],
    });
    expect(await first.call('POST', `operations/${id}/pause`)).toMatchObject({
      status: 409,
      body: { detail: 'The operation is not running.' },
    });
    const resumed = await second.call('POST', `operations/${id}/resume`, { role: 'operator' });
    expect(resumed.status).toBe(202);
    expect(await second.ended(resumed)).toMatchObject({ state: 'succeeded', result: { done: 3 } });
    expect(await tables()).toEqual([]);
    expect((await first.call('POST', `operations/${id}/resume`)).body.detail).toBe(
      'The operation is not paused.',
    );
    const { items } = (await first.call('GET', 'audit?action=operation.')).body;
    expect(items).toMatchObject([
      { action: 'operation.resumed', target: id, actor: { id: 'operator' } },
      { action: 'operation.pause_requested', target: id, actor: { id: 'operator' } },
    ]);
  });

  it('is cancelled at once', async () => {
    const { second, id } = await paused();
    expect((await second.call('POST', `operations/${id}/cancel`)).status).toBe(202);
    expect(await second.ended({ body: { id } } as never)).toMatchObject({ state: 'cancelled' });
    expect(await second.app.get(FleetMigrations).get(id)).toMatchObject({ state: 'cancelled', pending: 3 });
    const { items } = (await second.call('GET', 'audit?action=operation.')).body;
    expect(items[0]).toMatchObject({ action: 'operation.cancel_requested', target: id });
  });

  it('stays so when its process is gone before it has stopped', async () => {
    const first = await deployment.start();
    await withTenants(first, 'acme');
    const id = '5f0c1a52-8f3b-4d39-9c55-2d1d8f6f2b13';
    await deployment.closeApps();
    await client.query(
      `insert into rowhouse.operations (id, kind, input, pause_requested_at) values ($1, 'migrations.run', $2, now())`,
      [id, JSON.stringify(runRequestSchema.parse(down))],
    );
    const { call } = await deployment.start();
    await until(async () => (await call('GET', `operations/${id}`)).body.state === 'paused');
    expect(await tables()).toEqual(['tenant_acme']);
  });

  it('is of a kind that can be', async () => {
    const app = await deployment.start();
    await withTenants(app, 'acme');
    const [made] = (await app.call('GET', 'operations?kind=tenant.create')).body.items;
    expect(await app.call('POST', `operations/${made.id}/pause`)).toMatchObject({
      status: 409,
      body: { detail: 'An operation of this kind cannot be paused.' },
    });
  });
});

it('what a run would do, and who lacks what, is said before it begins', async () => {
  const app = await deployment.start();
  await withTenants(app, 'acme', 'globex');
  const current = { isolation: 'schema', pending: [], tenants: 2 };
  expect((await app.call('GET', 'migrations', { role: 'viewer' })).body).toMatchObject({
    tenants: 2,
    behind: 0,
    versions: [current],
  });
  expect((await app.call('GET', 'migrations/plan')).body).toEqual({ direction: 'up', total: 0, groups: [] });
  await app.ended(await app.call('POST', 'migrations/runs', { body: { ...down, tenants: ['acme'] } }));
  const [name] = (await app.call('GET', 'migrations')).body.migrations;
  expect((await app.call('GET', 'migrations')).body.versions).toContainEqual({
    isolation: 'schema',
    pending: [name],
    unknown: [],
    tenants: 1,
  });
  const lacking = await app.call('GET', `tenants?lacks=${name}`);
  expect(lacking.body.items.map(({ slug }: { slug: string }) => slug)).toEqual(['acme']);
  expect((await app.call('GET', 'tenants?lacks=Unknown1')).body.items).toEqual([]);
  expect((await app.call('GET', 'migrations/plan', { role: 'viewer' })).status).toBe(403);
  expect((await app.call('GET', 'migrations/plan?sql=true', { role: 'operator' })).body).toEqual({
    direction: 'up',
    total: 1,
    groups: [
      {
        kind: 'schema',
        names: [name],
        homes: ['acme'],
        outOfOrder: [],
        sql: [{ name, statements: ['create table products (id serial primary key, name text not null)'] }],
      },
    ],
  });
});

it('a run whose process is gone is finished by another instance', async () => {
  const first = await deployment.start();
  await withTenants(first, 'acme', 'globex');
  const release = await hold('tenant_acme');
  const begun = await first.call('POST', 'migrations/runs', {
    body: { ...down, concurrency: 1, retries: 100, lockTimeoutMs: 300, maxFailureRate: 1 },
  });
  await until(async () => (await first.call('GET', `operations/${begun.body.id}`)).body.steps.length > 0);
  await deployment.closeApps();
  await release();
  const second = await deployment.start();
  const ended = await second.ended(begun);
  const { items } = (await second.call('GET', `migrations/runs/${begun.body.id}/homes`)).body;
  // The home that was waited for has failed in the first process; the other one is done by the second.
  expect(items).toMatchObject([{ label: 'acme' }, { label: 'globex', state: 'done' }]);
  expect(['succeeded', 'failed']).toContain(ended.state);
  expect(ended.steps.length).toBeGreaterThan(1);
});

describe('a run whose process was killed', () => {
  const id = '5f0c1a52-8f3b-4d39-9c55-2d1d8f6f2b11';

  /** What a process leaves behind that is killed in the middle of a run, or between its end and that of the operation. */
  async function leave(app: App, state: 'running' | 'failed'): Promise<void> {
    await withTenants(app, 'acme', 'globex');
    const input = runRequestSchema.parse(down);
    const { finished } = await app.app
      .get(FleetMigrations)
      .start({ ...input, id }, { signal: AbortSignal.abort() });
    await finished;
    await client.query('update rowhouse.migration_runs set state = $1, message = null, finished_at = null', [
      state,
    ]);
    await client.query(
      `insert into rowhouse.operations (id, kind, input) values ($1, 'migrations.run', $2)`,
      [id, JSON.stringify(input)],
    );
    await deployment.closeApps();
  }

  it('is gone on with by another instance', async () => {
    await leave(await deployment.start(), 'running');
    const { call, ended } = await deployment.start();
    expect(await ended(await call('GET', `operations/${id}`))).toMatchObject({
      state: 'succeeded',
      result: { runId: id, done: 2 },
    });
    expect(await tables()).toEqual([]);
  });

  it('is not begun again when it had failed', async () => {
    await leave(await deployment.start(), 'failed');
    const { call, ended } = await deployment.start();
    expect(await ended(await call('GET', `operations/${id}`))).toMatchObject({ state: 'failed' });
    expect(await tables()).toEqual(['tenant_acme', 'tenant_globex']);
  });
});
