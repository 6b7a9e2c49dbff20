/** @suite postgres15 typeorm03 */
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { Catalog, type Tenant, TenantContext, tenantLogFields } from '@rowhouse/core';
import pg from 'pg';
import { until } from '../../../../test/support/until.js';
import type { TenantJobRun } from './job.js';
import { JobLedger } from './job-ledger.js';
import { FAST, JobsDeployment, SHORT_LEASE } from './jobs.fixture.js';
import { pauseAfter } from './worker/job-handler.js';
import { JobQueue } from './worker/job-queue.js';

let open: JobsDeployment;
let acme: Tenant;
let globex: Tenant;
beforeEach(async () => {
  open = await JobsDeployment.open();
  acme = await open.fleet.tenants.create({ slug: 'acme', metadata: { at: 'enqueue' } });
  globex = await open.fleet.tenants.create({ slug: 'globex', isolation: 'row' });
});
afterEach(() => open.close());

/** Waits until it is aborted, and rejects with the reason. */
async function untilAborted({ signal }: TenantJobRun): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
  throw signal.reason;
}

describe('a job', () => {
  it('runs as its tenant, as that is now', async () => {
    const own = await open.fleet.tenants.create({ slug: 'own', isolation: 'database' });
    for (const tenant of [acme, globex, own])
      await open.enqueue(tenant, 'note', { text: `of ${tenant.slug}` });
    await open.fleet.tenants.update('acme', { metadata: { at: 'run' } });
    const runs: unknown[] = [];
    await open.work([
      {
        name: 'note',
        handle: async ({ data, tenant, attempt, jobId }) => {
          await open.registry.ambient.query('insert into notes (text) values ($1)', [data.text]);
          expect(TenantContext.get()).toBe(tenant);
          expect(tenantLogFields()).toEqual({ tenant: tenant.slug, tenantId: tenant.id, jobId });
          runs.push([tenant.slug, attempt, tenant.metadata]);
        },
      },
    ]);
    await until(async () => (await open.count("state = 'completed'")) === 3);
    expect(runs.sort()).toEqual([
      ['acme', 1, { at: 'run' }],
      ['globex', 1, {}],
      ['own', 1, {}],
    ]);
    for (const tenant of [acme, globex, own])
      expect(await open.registry.for(tenant).query('select text from notes')).toEqual([
        { text: `of ${tenant.slug}` },
      ]);
    expect(open.problems).toEqual([]);
  });

  it('is held while its tenant is not active, uses no retry, and goes on afterwards', async () => {
    const ids = [];
    for (const change of ['suspend', 'maintenance', 'archive'] as const) {
      const tenant = await open.fleet.tenants.create({ slug: `t-${change}` });
      ids.push(await open.enqueue(tenant, 'note', null));
      await open.fleet.tenants[change](tenant.slug);
    }
    const seen: string[] = [];
    await open.work([{ name: 'note', handle: ({ tenant }) => void seen.push(tenant.slug) }]);
    const other = await open.enqueue(acme, 'note', null);
    await open.untilState(other, 'completed');
    for (const id of ids) expect(await open.jobs.get(id)).toMatchObject({ isHeld: true, attempts: 0 });
    expect(await open.jobs.counts()).toMatchObject([{ name: 'note', waiting: 3, held: 3, completed: 1 }]);
    for (const change of ['suspend', 'maintenance', 'archive'])
      await open.fleet.tenants.activate(`t-${change}`);
    for (const id of ids) await open.untilState(id, 'completed');
    expect(seen).toHaveLength(4);
  });

  it('is run again after pauses that grow, and fails when no retry is left', async () => {
    const attempts: number[] = [];
    const id = await open.enqueue(acme, 'fail', null, { retries: 2 });
    await open.work([
      {
        name: 'fail',
        retries: 0,
        backoffMs: 10,
        handle: ({ attempt }) => {
          attempts.push(attempt);
          throw new Error(`attempt ${attempt} \0 failed`);
        },
      },
    ]);
    await open.untilState(id, 'failed');
    expect(attempts).toEqual([1, 2, 3]);
    expect(await open.jobs.get(id)).toMatchObject({
      failure: 'attempt 3  failed',
      attempts: 3,
      isHeld: false,
    });
    expect(open.problems).toHaveLength(3);
    expect(open.problems[0]).toMatchObject({ name: 'fail', jobId: id, tenantId: acme.id });
    const pauses = [1, 2, 3, 30].map((failures) => pauseAfter(failures, { backoffMs: 1_000 }));
    for (const [n, least] of [1_000, 2_000, 4_000, 86_400_000].entries()) {
      expect(pauses[n]).toBeGreaterThanOrEqual(least);
      expect(pauses[n]).toBeLessThanOrEqual(least * 1.2);
    }
  });

  it('can be run again when it has failed, and then has all its retries', async () => {
    let fails = true;
    const id = await open.enqueue(acme, 'flaky', null, { retries: 0 });
    await open.work([
      {
        name: 'flaky',
        handle: () => {
          if (fails) throw new Error('not yet');
        },
      },
    ]);
    await open.untilState(id, 'failed');
    fails = false;
    await open.jobs.retry(id);
    await open.untilState(id, 'completed');
    await expect(open.jobs.retry(id)).rejects.toMatchObject({ code: 'JOB_CONFLICT' });
    await expect(open.jobs.cancel(id)).rejects.toMatchObject({ code: 'JOB_CONFLICT' });
  });

  it('is started by priority, then by age, and not before its time', async () => {
    const seen: string[] = [];
    const later = new Date(Date.now() + 3_600_000);
    for (const [data, options] of [
      ['later', { startAfter: later, priority: 10 }],
      ['first', {}],
      ['second', {}],
      ['low', { priority: -1 }],
      ['high', { priority: 1 }],
    ] as const)
      await open.enqueue(acme, 'note', data, options);
    await open.work([{ name: 'note', concurrency: 1, handle: ({ data }) => void seen.push(data) }]);
    await until(() => seen.length === 4);
    await open.catalog.query('update rowhouse.jobs set run_at = now() where run_at > now()');
    await open.enqueue(acme, 'note', 'last');
    await until(() => seen.length === 6);
    expect(seen).toEqual(['high', 'first', 'second', 'low', 'later', 'last']);
  });

  it('of a name that nobody handles waits', async () => {
    const id = await open.enqueue(acme, 'unknown', null);
    await open.work([{ name: 'note', handle: () => {} }]);
    await open.untilState(await open.enqueue(acme, 'note', null), 'completed');
    expect(await open.stateOf(id)).toBe('waiting');
  });
});

describe('cancel', () => {
  it('ends a job that waits, and aborts one that runs, on whichever instance', async () => {
    const running = await open.enqueue(acme, 'long', null);
    for (let n = 0; n < 2; n += 1) await open.work([{ name: 'long', concurrency: 1, handle: untilAborted }]);
    await open.untilState(running, 'running');
    const waiting = await open.enqueue(acme, 'other', null);
    expect(await open.jobs.cancel(waiting)).toMatchObject({ state: 'cancelled' });
    expect(await open.jobs.cancel(running, { by: { type: 'operator', id: 'ada' } })).toMatchObject({
      id: running,
    });
    await open.jobs.cancel(running).catch(() => {});
    await open.untilState(running, 'cancelled');
    const { rows } = await open.catalog.query(
      "select actor ->> 'id' as who, target from rowhouse.audit_entries where action = 'job.cancelled' order by seq",
    );
    expect(rows).toEqual([
      { who: null, target: waiting },
      { who: 'ada', target: running },
    ]);
    expect(open.problems).toEqual([]);
  });

  it('is for the catalog to say, and not for who notifies', async () => {
    let run: TenantJobRun | undefined;
    await open.work([
      {
        name: 'note',
        handle: (given) => {
          run = given;
          return untilAborted(given);
        },
      },
    ]);
    const id = await open.enqueue(globex, 'note', null);
    await until(() => run);
    // The worker may not listen yet.
    for (let times = 0; times < 10; times += 1) {
      await open.catalog.query("select pg_notify('rowhouse_jobs', $1)", [id]);
      await open.catalog.query("select pg_notify('rowhouse_tenants', $1)", [globex.id]);
      await delay(30);
    }
    expect(run?.signal.aborted).toBe(false);
    await open.jobs.cancel(id);
    await open.untilState(id, 'cancelled');
  });

  it('happens at once to a job whose tenant is purged, and it writes nothing more', async () => {
    let run: TenantJobRun | undefined;
    let outcome: unknown;
    const write = () => open.registry.ambient.query("insert into notes (text) values ('late')");
    await open.work(
      [
        {
          name: 'note',
          handle: async (given) => {
            run = given;
            await untilAborted(given).catch(() => {});
            outcome = await write().catch((error: unknown) => error);
          },
        },
      ],
      { leaseMs: 3_600_000 },
    );
    await open.enqueue(globex, 'note', null);
    await until(() => run);
    await open.fleet.tenants.delete('globex');
    await open.fleet.tenants.purge('globex', { confirm: 'globex', beforeRetentionEnds: true });
    await until(() => outcome);
    expect(outcome).toBeInstanceOf(Error);
    await expect(open.enqueue(globex, 'note', null)).rejects.toMatchObject({ code: 'TENANT_NOT_FOUND' });
  });

  it('cancels the statement that a job has under way', async () => {
    const id = await open.enqueue(acme, 'slow', null);
    const endless = 'select count(*) from generate_series(1, 100000) a, generate_series(1, 1000000) b';
    await open.work([{ name: 'slow', handle: () => open.registry.ambient.query(endless) }]);
    const server = new pg.Client(open.deployment.database.url);
    await server.connect();
    const atWork =
      "select from pg_stat_activity where state = 'active' and query like '%generate_series(1, 1000000)%' and pid <> pg_backend_pid()";
    await until(async () => (await server.query(atWork)).rowCount);
    await server.end();
    await open.jobs.cancel(id);
    await open.untilState(id, 'cancelled');
  });

  it('leaves a handler that finishes all the same completed', async () => {
    const id = await open.enqueue(acme, 'stubborn', null);
    await open.work([
      { name: 'stubborn', handle: async ({ signal }: TenantJobRun) => void (await once(signal, 'abort')) },
    ]);
    await open.untilState(id, 'running');
    await open.jobs.cancel(id);
    await open.untilState(id, 'completed');
  });

  it('reaches jobs of an instance that hears nothing by its lease', async () => {
    const id = await open.enqueue(acme, 'long', null);
    const deaf = new Catalog({ url: open.deployment.login.ownerUrl });
    deaf.listen = async () => async () => {};
    const worker = await open.work([{ name: 'long', handle: untilAborted }], {
      ...SHORT_LEASE,
      catalog: deaf,
    });
    await open.untilState(id, 'running');
    await open.jobs.cancel(id);
    await open.untilState(id, 'cancelled');
    await worker.close();
    await deaf.close();
  });

  it('knows no job that is not there', async () => {
    for (const id of [crypto.randomUUID(), 'nonsense', '']) {
      await expect(open.jobs.cancel(id)).rejects.toMatchObject({ code: 'JOB_NOT_FOUND' });
      await expect(open.jobs.retry(id)).rejects.toMatchObject({ code: 'JOB_NOT_FOUND' });
      await expect(open.jobs.get(id)).rejects.toMatchObject({ code: 'JOB_NOT_FOUND' });
    }
  });
});

describe('concurrency', () => {
  it('of a handler is a limit of the process', async () => {
    let [now, most] = [0, 0];
    for (let n = 0; n < 20; n += 1) await open.enqueue(n % 2 ? acme : globex, 'note', n);
    await open.work([
      {
        name: 'note',
        concurrency: 3,
        handle: async () => {
          most = Math.max(most, ++now);
          await delay(5);
          now -= 1;
        },
      },
    ]);
    await until(async () => (await open.count("state = 'completed'")) === 20);
    expect(most).toBe(3);
  });

  it('of a tenant is a limit of all processes together, in the order of its jobs', async () => {
    const seen = new Map<string, number[]>();
    const atWork = new Set<string>();
    for (let n = 0; n < 20; n += 1) await open.enqueue(n % 2 ? acme : globex, 'sync', n);
    for (let n = 0; n < 3; n += 1)
      await open.work([
        {
          name: 'sync',
          concurrency: 4,
          concurrencyPerTenant: 1,
          handle: async ({ tenant, data }) => {
            expect(atWork.has(tenant.id)).toBe(false);
            atWork.add(tenant.id);
            seen.set(tenant.slug, [...(seen.get(tenant.slug) ?? []), data]);
            await delay(Math.random() * 10);
            atWork.delete(tenant.id);
          },
        },
      ]);
    await until(async () => (await open.count("state = 'completed'")) === 20);
    expect(open.problems).toEqual([]);
    expect(seen.get('acme')).toEqual([1, 3, 5, 7, 9, 11, 13, 15, 17, 19]);
    expect(seen.get('globex')).toEqual([0, 2, 4, 6, 8, 10, 12, 14, 16, 18]);
  });
});

describe('a worker that dies', () => {
  const HANDLER = { name: 'note', concurrencyPerTenant: 1 };

  it('loses its jobs to another one, with all their retries', async () => {
    const id = await open.enqueue(acme, 'note', null, { retries: 0 });
    await new JobQueue(open.catalog, 60_000).claim(await registered(), 1);
    const attempts: number[] = [];
    // Looks for lost jobs as often as it renews leases.
    await open.work([{ ...HANDLER, handle: ({ attempt }) => void attempts.push(attempt) }], {
      leaseMs: 3_000,
    });
    expect(await open.stateOf(id)).toBe('running');
    await open.catalog.query('update rowhouse.jobs set lease_until = now()');
    await open.untilState(id, 'completed');
    expect(attempts).toEqual([1]);
  });

  it('can end nothing that another one has begun', async () => {
    const id = await open.enqueue(acme, 'note', null);
    const queue = new JobQueue(open.catalog, 1);
    const [first] = await queue.claim(await registered(), 1);
    await until(async () => (await queue.takeBackLost()) > 0);
    const [second] = await new JobQueue(open.catalog, 60_000).claim(HANDLER, 1);
    expect(second?.id).toBe(first?.id);
    if (!first || !second) throw new Error('There is no job.');
    expect(await queue.completed(first)).toBe(false);
    expect(await queue.failed(first, new Error())).toBe(false);
    expect((await queue.renew([first])).size).toBe(0);
    expect(await open.stateOf(id)).toBe('running');
    expect(await queue.completed(second)).toBe(true);
  });

  it('again and again of the same job is not given it for ever', async () => {
    const id = await open.enqueue(acme, 'note', null);
    const queue = new JobQueue(open.catalog, 1);
    await registered();
    let deaths = 0;
    while ((await open.stateOf(id)) !== 'failed') {
      deaths += (await queue.claim(HANDLER, 1)).length;
      await queue.takeBackLost();
    }
    expect(deaths).toBe(10);
    expect(await open.jobs.get(id)).toMatchObject({ failure: expect.stringContaining('10 times') });
  });

  it('and was to cancel the job leaves it cancelled', async () => {
    const id = await open.enqueue(acme, 'note', null);
    const queue = new JobQueue(open.catalog, 1);
    await queue.claim(await registered(), 1);
    await open.jobs.cancel(id);
    await until(async () => (await queue.takeBackLost()) > 0);
    expect(await open.stateOf(id)).toBe('cancelled');
  });

  async function registered() {
    await new JobQueue(open.catalog, 1).register([HANDLER.name]);
    return HANDLER;
  }
});

describe('a worker that is out of touch', () => {
  it('aborts its jobs when their leases may be over', async () => {
    await open.enqueue(acme, 'long', null);
    const reasons: unknown[] = [];
    let isBegun = false;
    const own = new Catalog({ url: open.deployment.login.ownerUrl });
    const worker = await open.work(
      [
        {
          name: 'long',
          handle: (run: TenantJobRun) => {
            isBegun = true;
            return untilAborted(run).catch((error) => void reasons.push(error.reason));
          },
        },
      ],
      { ...SHORT_LEASE, catalog: own },
    );
    await until(() => isBegun);
    Object.assign(own, { query: () => Promise.reject(new Error('out of reach')) });
    await until(() => reasons.length > 0);
    expect(new Set(reasons)).toEqual(new Set(['lost']));
    await worker.close();
    await own.close();
  });
});

describe('close', () => {
  it('waits for the jobs that run', async () => {
    const id = await open.enqueue(acme, 'note', null);
    let end = () => {};
    const worker = await open.work([
      { name: 'note', handle: () => new Promise<void>((resolve) => (end = resolve)) },
    ]);
    await open.untilState(id, 'running');
    const closed = worker.close();
    end();
    await closed;
    expect(await open.stateOf(id)).toBe('completed');
  });

  it('aborts those that take too long, and another instance has them at once', async () => {
    const id = await open.enqueue(acme, 'long', null, { retries: 0 });
    const worker = await open.work([{ name: 'long', handle: untilAborted }], {
      closeTimeoutMs: 50,
      leaseMs: 60_000,
    });
    await open.untilState(id, 'running');
    await worker.close();
    // It is given back while close() waits for it, or a moment later where the catalog is slow.
    await open.untilState(id, 'waiting');
    expect(await open.jobs.get(id)).toMatchObject({ attempts: 0 });
    await open.work([{ name: 'long', handle: () => {} }]);
    await open.untilState(id, 'completed');
    expect(open.problems).toEqual([]);
  });

  it('leaves the lease to a job that does not listen', async () => {
    const id = await open.enqueue(acme, 'deaf', null);
    let end = () => {};
    const worker = await open.work(
      [{ name: 'deaf', handle: () => new Promise<void>((resolve) => (end = resolve)) }],
      { closeTimeoutMs: 20, leaseMs: 60_000 },
    );
    await open.untilState(id, 'running');
    await worker.close();
    end();
    await delay(20);
    expect(await open.stateOf(id)).toBe('running');
  });
});

describe('singleton keys', () => {
  it('let one wait beside one that runs, and the one that fails gives way', async () => {
    const running = await open.enqueue(acme, 'sync', 1, { singletonKey: 'all' });
    const runs: number[] = [];
    let fail = () => {};
    await open.work([
      {
        name: 'sync',
        concurrency: 1,
        backoffMs: 0,
        handle: ({ data }) => {
          runs.push(data);
          if (data === 1) return new Promise((_, reject) => (fail = () => reject(new Error('failed'))));
        },
      },
    ]);
    await open.untilState(running, 'running');
    const next = await open.enqueue(acme, 'sync', 2, { singletonKey: 'all' });
    expect(next).not.toBe(running);
    fail();
    await open.untilState(next, 'completed');
    expect(await open.jobs.get(running)).toMatchObject({ state: 'cancelled', failure: 'failed' });
    const third = await open.enqueue(acme, 'other', null, { singletonKey: 'all' });
    await open.jobs.cancel(third);
    await open.enqueue(acme, 'other', null, { singletonKey: 'all' });
    await expect(open.jobs.retry(third)).rejects.toMatchObject({ code: 'JOB_CONFLICT' });
  });
});

it('a login that does not own the catalog enqueues jobs, and is told that it cannot work on them', async () => {
  const catalog = new Catalog({ url: open.deployment.database.loginUrl });
  const started = open.work([{ name: 'note', handle: () => {} }], { catalog });
  await expect(started).rejects.toMatchObject({ code: 'JOBS_NEED_OWNER' });
  const ledger = new JobLedger(catalog);
  const id = await open.enqueue(acme, 'note', null);
  expect((await ledger.list()).jobs).toMatchObject([{ id }]);
  for (const change of [() => ledger.cancel(id), () => ledger.enqueueForEach({}, 'note', null)])
    await expect(change()).rejects.toMatchObject({ code: 'JOBS_NEED_OWNER' });
  await catalog.close();
});

it.each([
  [[{ name: 'Bad name', handle: () => {} }]],
  [
    [
      { name: 'twice', handle: () => {} },
      { name: 'twice', handle: () => {} },
    ],
  ],
  [[{ name: 'cron', handle: () => {}, cron: 'at noon' }]],
  [[{ name: 'cron', handle: () => {}, cron: '* * * * * *' }]],
  [[{ name: 'cron', handle: () => {}, cron: '0 3 * * *', timeZone: 'Mars/Crater' }]],
  [[{ name: 'note', handle: () => {}, concurrency: 0 }]],
  [[{ name: 'note' } as never]],
])('a handler is checked (%#)', async (handlers) => {
  await expect(open.work(handlers)).rejects.toMatchObject({ code: 'OPTIONS_INVALID' });
});

it('looks for jobs again when the catalog was out of reach', async () => {
  const catalog = new Catalog({ url: open.deployment.login.ownerUrl });
  const worker = await open.work([{ name: 'note', handle: () => {} }], { ...FAST, catalog });
  await open.deployment.catalog
    .query(
      "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and application_name like 'rowhouse-%'",
    )
    .catch(() => {});
  const id = await open.enqueue(acme, 'note', null);
  await open.untilState(id, 'completed');
  await worker.close();
  await catalog.close();
});
