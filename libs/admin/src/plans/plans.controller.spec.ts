import { Get, Inject } from '@nestjs/common';
import { Catalog, EffectivePlans, TenantContext } from '@rowhouse/core';
import { type Plans, RequireFeature, TenantController } from '@rowhouse/nestjs';
import { until } from '../../../../test/support/until.js';
import { AdminDeployment, PLATFORMS, type Platform } from '../admin-app.fixture.js';
import { TenantPlans } from './tenant-plans.js';

const plans: Plans = {
  free: { limits: { concurrency: 1 }, quotas: { seats: 3 }, rates: { requests: '60/minute' } },
  pro: {
    limits: { statementTimeoutMs: 5_000 },
    quotas: { seats: 'unlimited' },
    rates: { requests: 'unlimited' },
    features: ['export'],
  },
};

@TenantController('orders')
class OrdersController {
  constructor(@Inject(EffectivePlans) private readonly plans: EffectivePlans) {}

  @Get('export')
  @RequireFeature('export')
  export() {
    return {};
  }

  @Get('limits')
  limits() {
    return this.plans.limitsOf(TenantContext.require());
  }
}

type App = Awaited<ReturnType<AdminDeployment['start']>>;

let deployment: AdminDeployment;
beforeEach(async () => {
  deployment = await AdminDeployment.open();
});
afterEach(() => deployment.close());

async function add(app: App, slug: string, plan = 'free'): Promise<string> {
  const begun = await app.call('POST', 'tenants', { body: { slug, plan } });
  expect(await app.ended(begun)).toMatchObject({ state: 'succeeded' });
  return begun.body.id;
}

async function visit(app: App, path: string, tenant = 'acme') {
  const response = await fetch(`${app.url}/orders/${path}`, { headers: { 'x-tenant-id': tenant } });
  return { status: response.status, body: await response.json() };
}

describe.each(PLATFORMS)('the routes of plans on %s', (platform: Platform) => {
  it('list the plans, and say what a tenant may have and why', async () => {
    const app = await deployment.start({ platform, plans });
    const tenantId = await add(app, 'acme');
    expect(await app.call('GET', 'plans', { role: 'viewer' })).toMatchObject({
      status: 200,
      body: {
        items: [
          {
            name: 'free',
            limits: { concurrency: 1 },
            quotas: { seats: 3 },
            rates: { requests: '60/minute' },
            features: [],
          },
          { name: 'pro', quotas: { seats: 'unlimited' }, features: ['export'] },
        ],
      },
    });
    const { status, body } = await app.call('GET', 'tenants/acme/limits', { role: 'viewer' });
    expect(status).toBe(200);
    expect(body).toEqual({
      tenantId,
      plan: 'free',
      isDeclared: true,
      limits: {
        concurrency: { value: 1, source: 'plan' },
        noisyConcurrency: { value: null, source: 'default' },
        queue: { value: null, source: 'default' },
        statementTimeoutMs: { value: null, source: 'default' },
        idleInTransactionTimeoutMs: { value: null, source: 'default' },
        discardsPerSecond: { value: null, source: 'default' },
        preparedStatements: { value: null, source: 'default' },
        resultBytes: { value: null, source: 'default' },
      },
      quotas: { seats: { value: 3, source: 'plan' } },
      rates: { requests: { value: '60/minute', source: 'plan' } },
      features: { export: { value: false, source: 'plan' } },
      overrides: {},
    });
  });

  it('override what the plan says, and take it back', async () => {
    const app = await deployment.start({ platform, plans });
    await add(app, 'acme');
    const patch = (body: unknown, headers = {}) =>
      app.call('PATCH', 'tenants/acme/limits', { body, role: 'operator', headers });
    const overrides = {
      limits: { concurrency: 4, resultBytes: 1_000_000 },
      quotas: { seats: 10 },
      rates: { requests: '5/second' },
      features: { export: true },
    };
    const first = await patch(overrides);
    expect(first).toMatchObject({
      status: 200,
      body: {
        overrides,
        limits: { concurrency: { value: 4, source: 'override' } },
        quotas: { seats: { value: 10, source: 'override' } },
        rates: { requests: { value: '5/second', source: 'override' } },
        features: { export: { value: true, source: 'override' } },
      },
    });
    const read = await app.call('GET', 'tenants/acme/limits');
    expect(read.headers.get('etag')).toBe(first.headers.get('etag'));
    const back = await patch(
      {
        limits: { concurrency: null },
        quotas: { seats: null },
        rates: { requests: null },
        features: null as never,
      },
      { 'if-match': read.headers.get('etag') },
    );
    expect(back.status).toBe(400);
    expect(
      await patch(
        { limits: { concurrency: null }, quotas: { seats: null }, rates: { requests: null } },
        { 'if-match': read.headers.get('etag') },
      ),
    ).toMatchObject({
      status: 200,
      body: {
        overrides: { limits: { resultBytes: 1_000_000 }, features: { export: true } },
        limits: { concurrency: { value: 1, source: 'plan' } },
        quotas: { seats: { value: 3, source: 'plan' } },
      },
    });
    expect(await patch({ quotas: { seats: 1 } }, { 'if-match': read.headers.get('etag') })).toMatchObject({
      status: 412,
      body: { code: 'PRECONDITION_FAILED' },
    });
    expect((await app.call('GET', 'tenants/acme')).body).toMatchObject({
      overrides: { limits: { resultBytes: 1_000_000 }, features: { export: true } },
    });
  });

  it('refuse what is in no plan, and values that are none', async () => {
    const app = await deployment.start({ platform, plans });
    await add(app, 'acme');
    for (const [body, field] of [
      [{ quotas: { desks: 1 } }, 'quotas.desks'],
      [{ quotas: { constructor: 1 } }, 'quotas.constructor'],
      [{ features: { import: true } }, 'features.import'],
      [{ features: { export: 'yes' } }, 'features.export'],
      [{ rates: { logins: '1/second' } }, 'rates.logins'],
      [{ rates: { requests: '1/week' } }, 'rates.requests'],
      [{ rates: { requests: '0/second' } }, 'rates.requests'],
      [{ quotas: { seats: -1 } }, 'quotas.seats'],
      [{ quotas: { seats: 1.5 } }, 'quotas.seats'],
      [{ limits: { statementTimeoutMs: 2 ** 31 } }, 'limits.statementTimeoutMs'],
      [{ limits: { concurrency: 0 } }, 'limits.concurrency'],
      [{ limits: { concurency: 1 } }, 'limits'],
      [{ plan: 'pro' }, 'body'],
      [[], 'body'],
      [undefined, 'body'],
    ]) {
      const answer = await app.call('PATCH', 'tenants/acme/limits', { body });
      expect(answer).toMatchObject({ status: 400, body: { errors: [{ field }] } });
    }
    const all = await app.call('PATCH', 'tenants/acme/limits', {
      body: {
        quotas: { desks: 1, seats: -1, '!': 1 },
        features: { import: true, export: 'yes' },
        limits: { queue: 'a' },
      },
    });
    expect(all).toMatchObject({ status: 400, body: { code: 'OVERRIDES_INVALID' } });
    expect(all.body.errors.map(({ field }: { field: string }) => field).sort()).toEqual([
      'features.export',
      'features.import',
      'limits.queue',
      'quotas.!',
      'quotas.desks',
      'quotas.seats',
    ]);
    expect((await app.call('GET', 'tenants/acme/limits')).body.overrides).toEqual({});
  });
});

it('a tenant gets no plan that is not declared', async () => {
  const app = await deployment.start({ plans });
  const refused = {
    status: 400,
    body: { code: 'PLAN_UNKNOWN', detail: expect.stringContaining('free, pro') },
  };
  expect(await app.call('POST', 'tenants', { body: { slug: 'acme', plan: 'gold' } })).toMatchObject(refused);
  await add(app, 'acme');
  expect(await app.call('PATCH', 'tenants/acme', { body: { plan: 'gold' } })).toMatchObject(refused);
  expect(await app.call('PATCH', 'tenants/acme', { body: { plan: 'pro' } })).toMatchObject({ status: 200 });
  expect((await app.call('GET', 'operations?kind=tenant.create')).body.items).toHaveLength(1);
});

it('without plans there is nothing to override', async () => {
  const app = await deployment.start();
  await add(app, 'acme', 'gold');
  expect((await app.call('GET', 'plans')).body).toEqual({ items: [] });
  expect((await app.call('GET', 'tenants/acme/limits')).body).toMatchObject({
    isDeclared: false,
    quotas: {},
  });
  expect(await app.call('PATCH', 'tenants/acme/limits', { body: { limits: { queue: 1 } } })).toMatchObject({
    status: 409,
    body: { code: 'PLANS_NOT_DECLARED' },
  });
});

it('what is in no plan any more can be taken back, and not be set', async () => {
  const before = await deployment.start({ plans });
  await add(before, 'acme', 'pro');
  await before.call('PATCH', 'tenants/acme/limits', { body: { features: { export: false } } });
  const after = await deployment.start({ plans: { free: {} } });
  expect((await after.call('GET', 'tenants/acme/limits')).body).toMatchObject({
    isDeclared: false,
    features: {},
    overrides: { features: { export: false } },
  });
  const patch = (value: boolean | null) =>
    after.call('PATCH', 'tenants/acme/limits', { body: { features: { export: value } } });
  expect(await patch(true)).toMatchObject({ status: 400 });
  expect(await patch(null)).toMatchObject({ status: 200, body: { overrides: {} } });
});

it('an override is audited, and is in the event of the change', async () => {
  const app = await deployment.start({ plans });
  const tenantId = await add(app, 'acme');
  const change = { body: { quotas: { seats: 9 } }, headers: { 'x-reason': 'Ticket 4711' } };
  await app.call('PATCH', 'tenants/acme/limits', change);
  await app.call('PATCH', 'tenants/acme/limits', change);
  const { body } = await app.call('GET', `tenants/${tenantId}/audit`);
  expect(body.items).toHaveLength(2);
  expect(body.items[0]).toMatchObject({
    action: 'tenant.updated',
    actor: { id: 'owner' },
    reason: 'Ticket 4711',
    before: { plan: 'free', overrides: {} },
    after: { plan: 'free', overrides: { quotas: { seats: 9 } } },
  });
  const { rows } = await app.app
    .get(Catalog)
    .query<{ tenant: object }>("select tenant from rowhouse.tenant_events where type = 'updated'");
  expect(rows).toEqual([{ tenant: expect.objectContaining({ overrides: { quotas: { seats: 9 } } }) }]);
});

it('overrides of two operators at the same time are both kept', async () => {
  const apps = [await deployment.start({ plans }), await deployment.start({ plans, platform: 'fastify' })];
  const [one] = apps as [App];
  await add(one, 'acme');
  const patches = [
    { limits: { concurrency: 7 } },
    { limits: { queue: 70 } },
    { quotas: { seats: 700 } },
    { features: { export: true } },
  ];
  const answers = await Promise.all(
    patches.map((body, index) => (apps[index % 2] as App).call('PATCH', 'tenants/acme/limits', { body })),
  );
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  expect((await one.call('GET', 'tenants/acme/limits')).body.overrides).toEqual({
    limits: { concurrency: 7, queue: 70 },
    quotas: { seats: 700 },
    features: { export: true },
  });
  const before = (await one.call('GET', 'tenants/acme/limits')).headers.get('etag') as string;
  const raced = await Promise.all(
    [1, 2, 3, 4].map((seats) =>
      (apps[seats % 2] as App).call('PATCH', 'tenants/acme/limits', {
        body: { quotas: { seats } },
        headers: { 'if-match': before },
      }),
    ),
  );
  expect(raced.map(({ status }) => status).sort()).toEqual([200, 412, 412, 412]);
});

describe('what changes at one instance', () => {
  const controllers = [OrdersController];

  it('holds at the other within a second', async () => {
    const one = await deployment.start({ plans, controllers });
    const other = await deployment.start({ plans, controllers, platform: 'fastify' });
    await add(one, 'acme');
    expect((await visit(other, 'export')).status).toBe(403);
    await one.call('PATCH', 'tenants/acme', { body: { plan: 'pro' } });
    await until(async () => (await visit(other, 'export')).status === 200);
    await one.call('PATCH', 'tenants/acme/limits', {
      body: { features: { export: false }, limits: { concurrency: 3 } },
    });
    await until(async () => (await visit(other, 'export')).status === 403);
    expect((await visit(other, 'limits')).body).toEqual({ concurrency: 3, statementTimeoutMs: 5_000 });
    await one.call('PATCH', 'tenants/acme/limits', { body: { features: { export: null } } });
    await until(async () => (await visit(other, 'export')).status === 200);
  });

  it('holds within the time that tenants are held where it is not heard', async () => {
    let now = 0;
    const one = await deployment.start({ plans, controllers });
    const directory = { feed: false as const, ttlMs: 5_000, now: () => now };
    const other = await deployment.start({ plans, controllers, directory });
    await add(one, 'acme', 'pro');
    expect((await visit(other, 'export')).status).toBe(200);
    await one.call('PATCH', 'tenants/acme/limits', { body: { features: { export: false } } });
    await until(async () => (await visit(one, 'export')).status === 403);
    expect((await visit(other, 'export')).status).toBe(200);
    now = 5_001;
    expect((await visit(other, 'export')).status).toBe(403);
  });
});

it('the service refuses what is no id, and what is no patch', async () => {
  const app = await deployment.start({ plans });
  const id = await add(app, 'acme');
  const service = app.app.get(TenantPlans);
  for (const wrong of ['acme', '', '00000000-0000-4000-8000-000000000000'])
    await expect(service.read(wrong)).rejects.toMatchObject({ code: 'TENANT_NOT_FOUND' });
  await expect(service.override(id, { quotas: { seats: 'many' } } as never)).rejects.toMatchObject({
    code: 'OVERRIDES_INVALID',
    fields: [{ field: 'quotas.seats' }],
  });
  const gone = new Error('gone');
  const check = () => {
    throw gone;
  };
  await expect(service.override(id, { quotas: { seats: 4 } }, { check })).rejects.toBe(gone);
  expect((await service.read(id)).overrides).toEqual({});
});
