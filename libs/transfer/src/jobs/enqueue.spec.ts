/** @suite postgres15 typeorm03 */
import { PostgresTenantStore, TenantContext, type TenantIsolation } from '@rowhouse/core';
import { OperatorEntry, rolesOf } from '@rowhouse/core/internal';
import fc from 'fast-check';
import pg from 'pg';
import { MAX_DATA_BYTES } from './job.js';
import { JobsDeployment } from './jobs.fixture.js';

const SHARED: readonly TenantIsolation[] = ['schema', 'row'];

let open: JobsDeployment;
beforeAll(async () => {
  open = await JobsDeployment.open();
});
afterAll(() => open.close());

let count = 0;
const createTenant = (isolation: TenantIsolation = 'schema') =>
  open.fleet.tenants.create({ slug: `t${++count}`, isolation });

describe.each(['statement', 'session'] as const)('with %s pins', (pin) => {
  const app = async () => (pin === 'session' ? open.withSessionPins() : open);

  it.each([...SHARED, 'database'] as const)(
    'a job is enqueued for a tenant with isolation %s',
    async (isolation) => {
      const { jobs } = await app();
      const tenant = await createTenant(isolation);
      const id = await TenantContext.run(tenant, () => jobs.enqueue('send-invoice', { order: 1 }));
      expect(await open.jobs.get(id)).toMatchObject({
        id,
        tenantId: tenant.id,
        name: 'send-invoice',
        data: { order: 1 },
        state: 'waiting',
        attempts: 0,
        priority: 0,
        isHeld: false,
      });
    },
  );

  it.each(SHARED)('with the transaction of a tenant with isolation %s, or never', async (isolation) => {
    const { jobs, registry } = await app();
    const tenant = await createTenant(isolation);
    let [kept, undone] = ['', ''];
    await TenantContext.run(tenant, async () => {
      await registry.ambient.transaction(async (manager) => {
        await manager.query("insert into notes (text) values ('kept')");
        kept = await jobs.enqueue('kept', null, { manager });
        expect(await open.count(`id = '${kept}'`)).toBe(0);
      });
      const runner = registry.for(tenant).createQueryRunner();
      await runner.startTransaction();
      undone = await jobs.enqueue('undone', null, { manager: runner });
      await runner.rollbackTransaction();
      await runner.release();
    });
    expect(await open.count(`id = '${kept}'`)).toBe(1);
    expect(await open.count(`id = '${undone}'`)).toBe(0);
  });

  it('the manager of another tenant is refused', async () => {
    const { jobs, registry } = await app();
    const [acme, globex] = [await createTenant(), await createTenant('row')];
    const enqueued = registry
      .for(globex)
      .transaction((manager) => TenantContext.run(acme, () => jobs.enqueue('wrong', null, { manager })));
    await expect(enqueued).rejects.toMatchObject({ code: 'JOB_REFUSED' });
    expect(await open.count("name = 'wrong'")).toBe(0);
  });
});

it('outside a context, and in that of the system, nothing is enqueued', async () => {
  await expect(open.jobs.enqueue('lost', null)).rejects.toMatchObject({ code: 'TENANT_CONTEXT_MISSING' });
  const asSystem = TenantContext.runAsSystem('a spec', () => open.jobs.enqueue('lost', null));
  await expect(asSystem).rejects.toMatchObject({ code: 'TENANT_CONTEXT_MISSING' });
});

it("under an operator's entry nothing is enqueued or changed", async () => {
  const tenant = await createTenant();
  const facts = { id: crypto.randomUUID(), tenantId: tenant.id, readOnly: false, reason: 'a spec' };
  const entry = new OperatorEntry(
    { ...facts, operator: { type: 'operator', id: 'ada' }, expiresAt: new Date(Date.now() + 60_000) },
    60_000,
  );
  const id = await open.enqueue(tenant, 'before', null);
  for (const work of [
    () => open.jobs.enqueue('entered', null),
    () => open.jobs.enqueueForEach({}, 'entered', null),
    () => open.jobs.cancel(id),
    () => open.jobs.retry(id),
  ])
    await expect(TenantContext.run<Promise<unknown>>(tenant, work, { entry })).rejects.toMatchObject({
      code: 'JOB_REFUSED',
    });
});

it('a tenant that the catalog does not have gets no job', async () => {
  const tenant = await createTenant('row');
  const nobody = { ...tenant, id: crypto.randomUUID() };
  const enqueued = TenantContext.run(nobody, () => open.jobs.enqueue('orphan', null));
  await expect(enqueued).rejects.toMatchObject({ code: 'TENANT_NOT_FOUND' });
});

describe("a tenant's role", () => {
  const asRole = async (role: string, tenantId: string, text: string) => {
    const client = new pg.Client(open.deployment.database.loginUrl);
    await client.connect();
    try {
      await client.query(
        `begin; set local role ${role}; select set_config('rowhouse.tenant_id', '${tenantId}', true)`,
      );
      return (await client.query(text)).rows;
    } finally {
      await client.end();
    }
  };
  const enqueueFor = (id: string) =>
    `select rowhouse_jobs.enqueue('${id}', 'own', '{}', null, 0::int2, null, null)`;

  it.each([
    'select from rowhouse.jobs',
    'select from rowhouse.job_queues',
    'delete from rowhouse.jobs',
    "update rowhouse.jobs set state = 'cancelled'",
    "insert into rowhouse.jobs (tenant_id, name, data) values (gen_random_uuid(), 'x', '{}')",
    "select rowhouse.insert_job(gen_random_uuid(), 'x', '{}', null, 0::int2, null, null)",
    "select rowhouse_jobs.enqueue_as_system(gen_random_uuid(), 'x', '{}', null, 0::int2, null, null)",
    'create table rowhouse_jobs.mine ()',
  ])('may not: %s', async (text) => {
    const [acme, roles] = [await createTenant(), rolesOf(open.deployment.roles)];
    for (const role of [roles.ofTenant(acme), roles.row])
      await expect(asRole(role, acme.id, text)).rejects.toMatchObject({ code: '42501' });
  });

  it('may enqueue for itself, and for no other, whatever its settings say', async () => {
    const [acme, globex] = [await createTenant(), await createTenant()];
    const { row, system, ofTenant } = rolesOf(open.deployment.roles);
    expect(await asRole(ofTenant(acme), acme.id, enqueueFor(acme.id))).toHaveLength(1);
    for (const [role, setting, tenant] of [
      [ofTenant(acme), acme.id, globex.id],
      [ofTenant(acme), globex.id, globex.id],
      [row, acme.id, globex.id],
      [row, '', globex.id],
      [system, '', globex.id],
    ] as const)
      await expect(asRole(role, setting, enqueueFor(tenant))).rejects.toMatchObject({ code: '42501' });
  });

  it('names nothing of it in a statement of its own', async () => {
    const tenant = await createTenant();
    const text = enqueueFor(tenant.id);
    await expect(open.registry.for(tenant).query(text)).rejects.toMatchObject({ code: 'STATEMENT_REFUSED' });
  });
});

describe('what a job is made of', () => {
  it.each([
    ['Send', null, {}],
    ['send invoice', null, {}],
    ['', null, {}],
    ['x'.repeat(101), null, {}],
    ['send', { at: new Date() }, {}],
    ['send', undefined, {}],
    ['send', { a: undefined }, {}],
    ['send', { a: 1n }, {}],
    ['send', Number.NaN, {}],
    ['send', 'a\0b', {}],
    ['send', { '\ud800': 1 }, {}],
    ['send', 'x'.repeat(MAX_DATA_BYTES), {}],
    ['send', null, { priority: 11 }],
    ['send', null, { retries: -1 }],
    ['send', null, { startAfter: new Date(Number.NaN) }],
    ['send', null, { singletonKey: 'a\0' }],
    ['send', null, { delay: 1 }],
  ])('is checked (%#)', async (name, data, options) => {
    const tenant = await createTenant('row');
    await expect(open.enqueue(tenant, name, data, options as object)).rejects.toMatchObject({
      code: 'OPTIONS_INVALID',
    });
  });

  it('holds nothing that is endless', async () => {
    const tenant = await createTenant('row');
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    let deep: unknown = 1;
    for (let n = 0; n < 50_000; n += 1) deep = [deep];
    for (const data of [circle, deep])
      await expect(open.enqueue(tenant, 'send', data)).rejects.toMatchObject({ code: 'OPTIONS_INVALID' });
  });

  it('whatever it is, it is refused with its path or comes back as it was', async () => {
    const tenant = await createTenant('row');
    const anything = fc.oneof(fc.jsonValue(), fc.anything());
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.constant('send'), fc.string()), anything, async (name, data) => {
        const id = await open.enqueue(tenant, name, data).catch((error: { code?: string }) => {
          expect(error.code).toBe('OPTIONS_INVALID');
          return undefined;
        });
        if (id) expect((await open.jobs.get(id)).data).toEqual(JSON.parse(JSON.stringify(data)));
      }),
      { numRuns: 300 },
    );
  });

  it('has the limits in the catalog, too', async () => {
    const tenant = await createTenant('row');
    const enqueue = (data: string, at: string | null, key: string | null) =>
      open.catalog.query('select rowhouse.insert_job($1, $2, $3, $4, 0::int2, null, $5)', [
        tenant.id,
        'send',
        data,
        at,
        key,
      ]);
    const longest = JSON.stringify('x'.repeat(256 * 1_024 - 2));
    await enqueue(longest, '275760-09-13 00:00:00+00', 'mine');
    await expect(enqueue(`${longest} `, null, null)).rejects.toMatchObject({ code: '54000' });
    for (const at of ['infinity', '-infinity', '275760-09-13 00:00:01+00'])
      await expect(enqueue('1', at, null)).rejects.toMatchObject({ code: '23514' });
    await expect(enqueue('1', null, 'rowhouse:schedule')).rejects.toMatchObject({ code: '42939' });
    await expect(
      open.enqueue(tenant, 'send', 1, { singletonKey: 'rowhouse:schedule' }),
    ).rejects.toMatchObject({ code: 'OPTIONS_INVALID' });
    expect((await open.jobs.list()).jobs[0]?.runAt).toEqual(new Date(8.64e15));
  });

  it('with a singleton key there is one that waits', async () => {
    const [acme, globex] = [await createTenant(), await createTenant('row')];
    const enqueue = () => open.enqueue(acme, 'sync', null, { singletonKey: 'all' });
    const first = await enqueue();
    expect(await Promise.all([enqueue(), enqueue(), enqueue()])).toEqual([first, first, first]);
    expect(await open.enqueue(globex, 'sync', null, { singletonKey: 'all' })).not.toBe(first);
    await open.jobs.cancel(first);
    expect(await enqueue()).not.toBe(first);
  });
});

it('goes with its tenant', async () => {
  const tenant = await createTenant();
  await open.enqueue(tenant, 'send', null);
  await open.fleet.tenants.delete(tenant.slug);
  expect(await open.count(`tenant_id = '${tenant.id}'`)).toBe(1);
  await open.fleet.tenants.purge(tenant.slug, { confirm: tenant.slug, beforeRetentionEnds: true });
  expect(await open.count(`tenant_id = '${tenant.id}'`)).toBe(0);
});

it('does not let the open transaction of a tenant hold up its suspension', async () => {
  const tenant = await createTenant();
  await open.registry.for(tenant).transaction(async (manager) => {
    await TenantContext.run(tenant, () => open.jobs.enqueue('send', null, { manager }));
    await open.fleet.tenants.suspend(tenant.slug);
  });
  const store = new PostgresTenantStore({ pool: open.catalog });
  expect(await store.findById(tenant.id)).toMatchObject({ status: 'suspended' });
});
