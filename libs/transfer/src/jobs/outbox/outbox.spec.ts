/** @suite postgres15 typeorm03 */
import { type Tenant, TenantContext } from '@rowhouse/core';
import { databaseNameOf, rolesOf } from '@rowhouse/core/internal';
import { DataSourceRegistry, openTenantDataSource } from '@rowhouse/typeorm';
import pg from 'pg';
import type { EntityManager } from 'typeorm';
import { until } from '../../../../../test/support/until.js';
import { JobsDeployment } from '../jobs.fixture.js';
import { TenantJobs } from '../tenant-jobs.js';
import { OutboxQueue } from './outbox-queue.js';

let open: JobsDeployment;
beforeEach(async () => {
  open = await JobsDeployment.open();
});
afterEach(() => open.close());

let count = 0;
const createTenant = (isolation: Tenant['isolation'] = 'database') =>
  open.fleet.tenants.create({ slug: `t${++count}`, isolation });

/** Runs `work` in a transaction of the tenant, and in its context. */
function inTransaction<T>(
  tenant: Tenant,
  work: (manager: EntityManager) => Promise<T>,
  registry = open.registry,
): Promise<T> {
  return TenantContext.run(tenant, () => registry.ambient.transaction(work));
}

const enqueueWith = (tenant: Tenant, ...[name, data, options]: Parameters<TenantJobs['enqueue']>) =>
  inTransaction(tenant, (manager) => open.jobs.enqueue(name, data, { ...options, manager }));

const outboxOf = (tenant: Tenant) =>
  open.deployment.asOwner(open.fleet, tenant, 'select id from rowhouse_jobs.outbox order by seq');

/** Waits until a job has this state; before it was moved, there is none. */
const untilState = (id: string, state: string) =>
  until(async () => (await open.count(`id = '${id}' and state = '${state}'`)) === 1);

async function noted(): Promise<number> {
  const { rows } = await open.catalog.query(
    `select (select count(*) from rowhouse.job_outbox_notes)::int + (select count(*) from rowhouse.job_outboxes)::int as count`,
  );
  return rows[0].count;
}

/** Ends what looks wait for. */
async function lookNow(): Promise<void> {
  await open.catalog.query('update rowhouse.job_outboxes set lease_until = now() where failures > 0');
  await open.catalog.query('update rowhouse.job_outbox_notes set look_at = now()');
}

/** Runs a statement as the superuser, in the database of the tenant or in the main one. */
async function asSuperuser(text: string, tenant?: Tenant): Promise<Record<string, unknown>[]> {
  const url = new URL(open.deployment.database.url);
  if (tenant) url.pathname = `/${databaseNameOf(tenant)}`;
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

const NOTHING = { name: 'nothing', handle: () => {} };

describe.each(['statement', 'session'] as const)('with %s pins', (pin) => {
  it('jobs are enqueued with the transaction of a tenant with a database of its own, or never', async () => {
    const { jobs, registry } = pin === 'session' ? await open.withSessionPins() : open;
    const tenant = await createTenant();
    const runs: unknown[] = [];
    await open.work([{ name: 'note', handle: ({ data, tenant }) => void runs.push([tenant.slug, data]) }]);
    const note = (manager: EntityManager, text: string) => jobs.enqueue('note', { text }, { manager });
    const kept = await inTransaction(
      tenant,
      async (manager) => {
        await manager.query("insert into notes (text) values ('kept')");
        await manager
          .transaction(async (inner) => {
            await note(inner, 'savepoint');
            throw new Error('back to the savepoint');
          })
          .catch(() => {});
        return note(manager, 'kept');
      },
      registry,
    );
    const undone = inTransaction(
      tenant,
      async (manager) => {
        await note(manager, 'undone');
        throw new Error('rolled back');
      },
      registry,
    );
    await expect(undone).rejects.toThrow('rolled back');
    await untilState(kept, 'completed');
    await until(async () => (await noted()) === 0);
    expect(runs).toEqual([[tenant.slug, { text: 'kept' }]]);
    expect(await open.count()).toBe(1);
    expect(await outboxOf(tenant)).toEqual([]);
    expect(open.problems).toEqual([]);
  });
});

it.each(['REPEATABLE READ', 'SERIALIZABLE'] as const)('in a transaction that is %s', async (level) => {
  const tenant = await createTenant();
  await open.work([NOTHING]);
  const id = await TenantContext.run(tenant, () =>
    open.registry.ambient.transaction(level, async (manager) => {
      await manager.query('select from notes');
      return open.jobs.enqueue('nothing', null, { manager });
    }),
  );
  await untilState(id, 'completed');
});

it('a job is found by its id before and after it was moved, in the context of its tenant alone', async () => {
  const tenant = await createTenant();
  const other = await createTenant();
  const { jobs } = open;
  const startAfter = new Date('2199-01-01T00:00:00Z');
  const id = await enqueueWith(tenant, 'nothing', { n: 1 }, { priority: 3, singletonKey: 'one', startAfter });
  const get = () => TenantContext.run(tenant, () => jobs.get(id));
  const inOutbox = await get();
  const notFound = { code: 'JOB_NOT_FOUND' };
  await expect(jobs.get(id)).rejects.toMatchObject(notFound);
  await expect(TenantContext.run(other, () => jobs.get(id))).rejects.toMatchObject(notFound);
  await expect(TenantContext.run(tenant, () => jobs.get(crypto.randomUUID()))).rejects.toMatchObject(
    notFound,
  );
  await open.work([NOTHING]);
  await untilState(id, 'waiting');
  const { createdAt, ...moved } = await get();
  expect(inOutbox).toEqual({ ...moved, createdAt: expect.any(Date) });
  expect(moved).toMatchObject({ id, tenantId: tenant.id, data: { n: 1 }, priority: 3, runAt: startAfter });
});

it('the catalog is told once of each transaction, before its first job is there', async () => {
  const tenant = await createTenant();
  await inTransaction(tenant, async (manager) => {
    for (const n of [1, 2, 3]) await open.jobs.enqueue('nothing', n, { manager });
    expect(await noted()).toBe(1);
  });
  expect(await outboxOf(tenant)).toHaveLength(3);
  await asSuperuser('revoke execute on function rowhouse_jobs.note_outbox from public');
  const { system } = rolesOf(open.deployment.roles);
  await asSuperuser(`revoke execute on function rowhouse_jobs.note_outbox from ${system}`);
  await expect(enqueueWith(tenant, 'nothing', null)).rejects.toMatchObject({ code: 'JOB_REFUSED' });
  expect(await outboxOf(tenant)).toHaveLength(3);
});

it('is looked for until its transaction has ended, and nowhere else', async () => {
  const [acme, idle] = [await createTenant(), await createTenant()];
  await open.work([NOTHING]);
  const looked = async () =>
    (
      await open.catalog.query(
        "select from rowhouse.job_outbox_notes where look_at > noted_at + interval '20 ms'",
      )
    ).rowCount === 1;
  const id = await inTransaction(acme, async (manager) => {
    const id = await open.jobs.enqueue('nothing', null, { manager });
    await until(looked);
    // What commits meanwhile does not wait for it.
    await untilState(await enqueueWith(acme, 'nothing', 2), 'completed');
    expect(await noted()).toBeGreaterThan(0);
    return id;
  });
  await lookNow();
  await untilState(id, 'completed');
  await until(async () => (await noted()) === 0);
  expect(await new OutboxQueue(open.catalog, 1_000).claim(8, 8)).toEqual([]);
  expect(await outboxOf(idle)).toEqual([]);
});

it('moves what a crash left behind, however late, and also when another server counts its transactions anew', async () => {
  const tenant = await createTenant();
  const id = await enqueueWith(tenant, 'nothing', null);
  await open.catalog.query("update rowhouse.job_outbox_notes set xid = '9000000000000000'");
  await open.work([NOTHING]);
  await untilState(id, 'completed');
  await until(async () => (await noted()) === 0);
});

it('keeps the order of a transaction, and moves what a look does not hold at once', async () => {
  const tenant = await createTenant();
  await inTransaction(tenant, async (manager) => {
    for (let n = 0; n < 250; n += 1) await open.jobs.enqueue('count', n, { manager });
  });
  const later = new Date(Date.now() + 3_600_000);
  const urgent = await enqueueWith(tenant, 'count', 'urgent', { priority: 3, retries: 2 });
  const waiting = await enqueueWith(tenant, 'count', 'later', { startAfter: later });
  const order: unknown[] = [];
  const worker = await open.work([{ name: 'other', handle: () => {} }]);
  await until(async () => (await open.count()) === 252);
  await worker.close();
  expect(await open.jobs.get(urgent)).toMatchObject({ priority: 3, data: 'urgent' });
  await open.work([{ name: 'count', concurrencyPerTenant: 1, handle: ({ data }) => void order.push(data) }]);
  await until(async () => (await open.count("state = 'completed'")) === 251);
  expect(order).toEqual(['urgent', ...Array.from({ length: 250 }, (_, n) => n)]);
  expect(await open.jobs.get(waiting)).toMatchObject({ state: 'waiting', runAt: later });
});

it('with a singleton key, gives way to a job that waits, and not to one that runs', async () => {
  const tenant = await createTenant();
  const enqueue = () => enqueueWith(tenant, 'sync', null, { singletonKey: 'all' });
  const [first] = [await enqueue(), await enqueue()];
  let end = () => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const relay = await open.work([NOTHING]);
  await until(async () => (await noted()) === 0);
  expect(await open.count("name = 'sync'")).toBe(1);
  await open.work([{ name: 'sync', concurrency: 1, handle: () => ended }]);
  await untilState(first, 'running');
  await untilState(await enqueue(), 'waiting');
  end();
  await until(async () => (await open.count("name = 'sync' and state = 'completed'")) === 2);
  await relay.close();
});

it('the outbox of a database that is away waits, is reported once, and holds up no other', async () => {
  const [away, here] = [await createTenant(), await createTenant()];
  const [late, prompt] = [await enqueueWith(away, 'nothing', null), await enqueueWith(here, 'nothing', null)];
  const database = pg.escapeIdentifier(databaseNameOf(away));
  await asSuperuser(`alter database ${database} with allow_connections false`);
  await open.work([NOTHING]);
  await untilState(prompt, 'completed');
  const failures = async () =>
    (await open.catalog.query('select failures from rowhouse.job_outboxes')).rows[0]?.failures ?? 0;
  for (let n = 1; n < 4; n += 1) {
    await until(async () => (await failures()) === n);
    await lookNow();
  }
  expect(await open.jobs.list({ tenant: away.id })).toMatchObject({ jobs: [] });
  await asSuperuser(`alter database ${database} with allow_connections true`);
  await until(async () => {
    await lookNow();
    return (await open.jobs.list({ tenant: away.id })).jobs.length === 1;
  });
  await untilState(late, 'completed');
  expect(open.problems).toMatchObject([{ tenantId: away.id, error: { code: '55000' } }]);
});

it('jobs of a tenant that is suspended are moved, and held', async () => {
  const tenant = await createTenant();
  const id = await enqueueWith(tenant, 'nothing', null);
  await open.fleet.tenants.suspend(tenant.slug);
  await open.work([NOTHING]);
  await until(async () => (await open.count()) === 1);
  expect(await open.jobs.get(id)).toMatchObject({ state: 'waiting', isHeld: true });
  await open.fleet.tenants.activate(tenant.slug);
  await untilState(id, 'completed');
});

it('a purge leaves nothing of it, and does not count it among the tables of the tenant', async () => {
  const tenant = await createTenant();
  // Otherwise it waits for the application's connections to end.
  await asSuperuser(`grant pg_signal_backend to ${open.deployment.login.prefix}_login`);
  await enqueueWith(tenant, 'nothing', null);
  await open.fleet.tenants.delete(tenant.slug);
  await open.fleet.tenants.purge(tenant.slug, { confirm: tenant.slug, beforeRetentionEnds: true });
  await open.work([NOTHING]);
  expect(await noted()).toBe(0);
  const { certificate } = await open.fleet.tenants.certificate(tenant.id);
  expect(certificate.tables.map(({ name }) => name)).toEqual(['migrations', 'notes']);
});

it('what was noted while the tenant was purged is swept', async () => {
  await open.catalog.query(
    `with o as (insert into rowhouse.job_outboxes (tenant_id, lease, lease_until) values (gen_random_uuid(), gen_random_uuid(), now()))
     insert into rowhouse.job_outbox_notes (tenant_id, xid, look_at) values (gen_random_uuid(), '3', now())`,
  );
  await open.work([NOTHING]);
  await until(async () => (await noted()) === 0);
  expect(open.problems).toEqual([]);
});

it('is no part of the home: not drift, and not in what is exported', async () => {
  const tenant = await createTenant();
  await enqueueWith(tenant, 'nothing', null);
  expect(await open.fleet.drift()).toMatchObject({ drifted: [] });
  const path = await open.deployment.archive(open.fleet, tenant);
  const { importTenant } = await import('../../import/import-tenant.js');
  const made = await importTenant(open.fleet, path, { slug: 'restored', isolation: 'database' });
  const [restored] = (await open.fleet.tenants.list()).tenants.filter(({ slug }) => slug === 'restored');
  expect(made).toBeDefined();
  expect(await outboxOf(restored as Tenant)).toEqual([]);
  expect(await outboxOf(tenant)).toHaveLength(1);
});

it('asks the catalog past a transaction that `DataSource.query` was made to follow', async () => {
  const tenant = await createTenant();
  const { jobs, registry } = await open.withSessionPins();
  await inTransaction(
    tenant,
    async (manager) => {
      registry.ambient.query = (text, values) => manager.query(text, values as unknown[]);
      await jobs.enqueue('nothing', 'in it', { manager });
      await jobs.enqueue('nothing', 'at once');
    },
    registry,
  );
  expect(await outboxOf(tenant)).toHaveLength(1);
  expect(await open.count()).toBe(1);
});

describe('a database without an outbox', () => {
  const withoutOutbox = async () => {
    const tenant = await createTenant();
    await asSuperuser('drop schema rowhouse_jobs cascade', tenant);
    return tenant;
  };

  it('gets one when the owner enqueues a job', async () => {
    const tenant = await withoutOutbox();
    await open.work([NOTHING]);
    await untilState(await enqueueWith(tenant, 'nothing', null), 'completed');
  });

  it('gets one when it is repaired, and when the owner works in it', async () => {
    const [first, second] = [await withoutOutbox(), await withoutOutbox()];
    await open.registry.homes.prepare(first);
    const { registry } = await open.withSessionPins();
    await registry.directFor(second);
    for (const tenant of [first, second]) expect(await outboxOf(tenant)).toEqual([]);
  });

  it('says how to get one to who is not the owner', async () => {
    const tenant = await withoutOutbox();
    const tenancy = { roles: open.deployment.roles };
    const url = open.deployment.database.loginUrl;
    const ambient = await openTenantDataSource({ type: 'postgres', url, poolSize: 4 }, tenancy);
    const registry = new DataSourceRegistry({ ambient, tenancy });
    const jobs = new TenantJobs({ registry, catalog: open.catalog });
    const enqueued = () =>
      inTransaction(tenant, (manager) => jobs.enqueue('nothing', null, { manager }), registry);
    await expect(enqueued()).rejects.toMatchObject({
      code: 'JOB_REFUSED',
      message: expect.stringContaining('rowhouse grants repair --all'),
    });
    await open.registry.homes.prepare(tenant);
    await enqueued();
    await registry.close();
    await ambient.destroy();
    expect(await outboxOf(tenant)).toHaveLength(1);
  });

  it('gets one when it was restored from one that had none', async () => {
    const tenant = await createTenant();
    await enqueueWith(tenant, 'nothing', null);
    await asSuperuser('drop schema rowhouse_jobs cascade', tenant);
    await open.work([NOTHING]);
    await until(async () => {
      await lookNow();
      return (await noted()) === 0;
    });
    expect(open.problems).toMatchObject([{ tenantId: tenant.id }]);
  });
});

describe('what is in no transaction of the tenant', () => {
  it('is enqueued at once', async () => {
    const tenant = await createTenant();
    const runner = open.registry.for(tenant).createQueryRunner();
    for (const manager of [open.registry.for(tenant).manager, runner])
      expect(await open.stateOf(await open.enqueue(tenant, 'nothing', null, { manager }))).toBe('waiting');
    await runner.release();
  });

  it('is refused when the transaction ends too early', async () => {
    const tenant = await createTenant();
    const runner = open.registry.for(tenant).createQueryRunner();
    await runner.startTransaction();
    const enqueued = open.enqueue(tenant, 'nothing', null, { manager: runner });
    const refused = expect(enqueued).rejects.toMatchObject({ code: 'JOB_REFUSED' });
    await runner.rollbackTransaction();
    await refused;
    // The next transaction of the runner is another one.
    await runner.startTransaction();
    await open.enqueue(tenant, 'nothing', 1, { manager: runner });
    await runner.commitTransaction();
    await runner.startTransaction();
    await open.enqueue(tenant, 'nothing', 2, { manager: runner });
    await runner.commitTransaction();
    await runner.release();
    expect(await open.count()).toBe(0);
    expect(await outboxOf(tenant)).toHaveLength(2);
  });

  it('is refused when it is of another tenant', async () => {
    const [acme, globex, initech] = [
      await createTenant(),
      await createTenant(),
      await createTenant('schema'),
    ];
    for (const [of, as] of [
      [acme, globex],
      [acme, initech],
      [initech, acme],
    ] as const) {
      const enqueued = open.registry
        .for(of)
        .transaction((manager) => open.enqueue(as, 'nothing', null, { manager }));
      await expect(enqueued).rejects.toMatchObject({ code: 'JOB_REFUSED' });
    }
    for (const tenant of [acme, globex]) expect(await outboxOf(tenant)).toEqual([]);
    expect(await open.count()).toBe(0);
  });
});

describe("the tenant's role", () => {
  const PARAMETERS = "'own', '{}', null, 0::int2, null, null, pg_current_xact_id()";
  const asRole = async (tenant: Tenant, text: string, pinned = tenant.id) => {
    const url = new URL(open.deployment.database.loginUrl);
    url.pathname = `/${databaseNameOf(tenant)}`;
    const client = new pg.Client({ connectionString: url.href });
    await client.connect();
    const { ofTenant } = rolesOf(open.deployment.roles);
    try {
      await client.query(
        `begin; set local role ${ofTenant(tenant)}; select set_config('rowhouse.tenant_id', '${pinned}', true)`,
      );
      return (await client.query(text)).rows;
    } finally {
      await client.end();
    }
  };

  it('enqueues for itself, and does nothing else', async () => {
    const [acme, globex] = [await createTenant(), await createTenant()];
    const enqueue = (id: string) => `select rowhouse_jobs.enqueue_in_outbox('${id}', ${PARAMETERS})`;
    expect(await asRole(acme, enqueue(acme.id))).toHaveLength(1);
    for (const text of [
      'select from rowhouse_jobs.outbox',
      'delete from rowhouse_jobs.outbox',
      "insert into rowhouse_jobs.outbox (name, data, urgency) values ('x', '{}', 0)",
      'create table rowhouse_jobs.mine ()',
      enqueue(globex.id),
    ])
      await expect(asRole(acme, text)).rejects.toMatchObject({ code: '42501' });
    await expect(asRole(acme, enqueue(globex.id), globex.id)).rejects.toMatchObject({ code: '42501' });
    await expect(open.registry.for(acme).query(enqueue(acme.id))).rejects.toMatchObject({
      code: 'STATEMENT_REFUSED',
    });
  });

  it('puts nothing in that the catalog would refuse', async () => {
    const tenant = await createTenant();
    const enqueue = (name: string, data: string, at: string, urgency: number, key: string) =>
      asRole(
        tenant,
        `select rowhouse_jobs.enqueue_in_outbox('${tenant.id}', '${name}', '${data}', ${at}, ${urgency}::int2, null, ${key},
           pg_current_xact_id())`,
      );
    await expect(enqueue('Not So', '{}', 'null', 0, 'null')).rejects.toMatchObject({ code: '23514' });
    await expect(enqueue('a', '{', 'null', 0, 'null')).rejects.toMatchObject({ code: '22P02' });
    await expect(enqueue('a', '{}', "'infinity'", 0, 'null')).rejects.toMatchObject({ code: '23514' });
    await expect(enqueue('a', '{}', 'null', 11, 'null')).rejects.toMatchObject({ code: '23514' });
    await expect(enqueue('a', '{}', 'null', 0, "'rowhouse:schedule'")).rejects.toMatchObject({
      code: '42939',
    });
    await expect(enqueue('a', '{}', 'null', 0, "repeat('x', 201)")).rejects.toMatchObject({ code: '23514' });
    const long = JSON.stringify('x'.repeat(256 * 1_024));
    await expect(enqueue('a', long, 'null', 0, 'null')).rejects.toMatchObject({ code: '54000' });
  });
});
