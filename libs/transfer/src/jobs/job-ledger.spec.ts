import type { Tenant } from '@rowhouse/core';
import { until } from '../../../../test/support/until.js';
import type { JobState } from './job.js';
import { JobLedger } from './job-ledger.js';
import { JobsDeployment } from './jobs.fixture.js';
import { JobQueue } from './worker/job-queue.js';

let open: JobsDeployment;
let acme: Tenant;
let globex: Tenant;
beforeEach(async () => {
  open = await JobsDeployment.open();
  acme = await open.fleet.tenants.create({ slug: 'acme', plan: 'pro', isolation: 'row' });
  globex = await open.fleet.tenants.create({ slug: 'globex', isolation: 'row' });
});
afterEach(() => open.close());

describe('the jobs of all tenants', () => {
  it('are listed latest first, in pages, by tenant, name and state', async () => {
    const ids: string[] = [];
    for (let n = 0; n < 5; n += 1)
      ids.unshift(await open.enqueue(n < 3 ? acme : globex, n % 2 ? 'odd' : 'even', n));
    const listed: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await open.jobs.list({ limit: 2, cursor });
      listed.push(...page.jobs.map(({ id }) => id));
      cursor = page.nextCursor;
    } while (cursor);
    expect(listed).toEqual(ids);
    expect((await open.jobs.list({ tenant: globex.id })).jobs).toHaveLength(2);
    expect((await open.jobs.list({ name: 'odd', state: 'waiting' })).jobs).toHaveLength(2);
    expect((await open.jobs.list({ state: 'failed' })).jobs).toEqual([]);
    expect(JSON.stringify(await open.jobs.list())).not.toContain('"data"');
  });

  it('are counted by name and state, of one tenant or of all', async () => {
    for (const tenant of [acme, acme, globex]) await open.enqueue(tenant, 'note', null);
    await open.jobs.cancel(await open.enqueue(acme, 'other', null));
    const none = { waiting: 0, held: 0, running: 0, completed: 0, failed: 0, cancelled: 0 };
    expect(await open.jobs.counts()).toEqual([
      { ...none, name: 'note', waiting: 3 },
      { ...none, name: 'other', cancelled: 1 },
    ]);
    expect(await open.jobs.counts({ tenant: globex.id })).toEqual([{ ...none, name: 'note', waiting: 1 }]);
  });

  it('name those that are due, and that no worker handles', async () => {
    const ledger = new JobLedger(open.catalog);
    const old = async () => {
      await open.catalog.query(
        "update rowhouse.jobs set run_at = now() - interval '2 minutes' where state = 'waiting'",
      );
    };
    const suspended = await open.fleet.tenants.create({ slug: 'initech', isolation: 'row' });
    for (const tenant of [acme, globex, suspended]) await open.enqueue(tenant, 'misspelt', null);
    await open.enqueue(acme, 'note', null);
    // They may have come before their worker.
    expect(await ledger.unhandled()).toEqual([]);
    await old();
    await open.fleet.tenants.suspend('initech');
    expect(await ledger.unhandled()).toEqual([
      { name: 'misspelt', waiting: 2 },
      { name: 'note', waiting: 1 },
    ]);
    const told: unknown[] = [];
    const worker = await open.work([{ name: 'note', handle: async () => {} }], {
      onUnhandled: (jobs) => told.push(jobs),
    });
    await until(() => told.length > 0);
    expect(told).toEqual([[{ name: 'misspelt', waiting: 2 }]]);
    await worker.close();
    await open.enqueue(acme, 'note', null);
    await old();
    expect(await ledger.unhandled()).toHaveLength(1);
    await open.catalog.query("update rowhouse.job_queues set handled_at = now() - interval '31 minutes'");
    expect(await ledger.unhandled()).toHaveLength(2);
  });

  it.each([
    { tenant: 'acme' },
    { name: 'Bad' },
    { state: 'held' as JobState },
    { limit: 0 },
    { limit: 1_001 },
    { cursor: '1; drop' },
    { cursor: '9'.repeat(30) },
  ])('are asked for in no other way: %j', async (options) => {
    await expect(open.jobs.list(options)).rejects.toMatchObject({ code: 'OPTIONS_INVALID' });
  });
});

describe('enqueueForEach', () => {
  it('makes a job for each active tenant, or for some', async () => {
    const suspended = await open.fleet.tenants.create({ slug: 'away', isolation: 'row' });
    await open.fleet.tenants.suspend(suspended.slug);
    expect(await open.jobs.enqueueForEach({}, 'note', { n: 1 })).toBe(2);
    expect(await open.jobs.enqueueForEach({ plan: 'pro' }, 'note', null, { priority: 3 })).toBe(1);
    expect(await open.jobs.enqueueForEach({ isolation: 'database' }, 'note', null)).toBe(0);
    const [latest] = (await open.jobs.list()).jobs;
    expect(latest).toMatchObject({ tenantId: acme.id, priority: 3 });
  });

  it('makes none beside one that waits with the same key', async () => {
    await open.enqueue(acme, 'note', null, { singletonKey: 'one' });
    expect(await open.jobs.enqueueForEach({}, 'note', null, { singletonKey: 'one' })).toBe(1);
  });

  it.each([
    [{ status: 'suspended' }, 'note', null],
    [{}, 'Bad', null],
    [{}, 'note', undefined],
  ])('checks what it is given (%#)', async (tenants, name, data) => {
    const enqueued = open.jobs.enqueueForEach(tenants as object, name, data);
    await expect(enqueued).rejects.toMatchObject({ code: 'OPTIONS_INVALID' });
  });
});

describe('a sweep', () => {
  it('removes jobs that ended long ago, and jobs and turns of nobody', async () => {
    const queue = new JobQueue(open.catalog, 60_000);
    await queue.register(['note']);
    const old = await open.enqueue(acme, 'note', null);
    const late = await open.enqueue(globex, 'note', null);
    for (const job of await queue.claim({ name: 'note' }, 2)) await queue.completed(job);
    await open.catalog.query("update rowhouse.jobs set ended_at = now() - interval '8 days' where id = $1", [
      old,
    ]);
    const waiting = await open.enqueue(acme, 'note', null);
    await open.catalog.query(
      "insert into rowhouse.jobs (tenant_id, name, data) values (gen_random_uuid(), 'note', '1')",
    );
    expect(await queue.sweep(7)).toBe(1);
    expect(new Set((await open.jobs.list()).jobs.map(({ id }) => id))).toEqual(new Set([late, waiting]));
  });
});
