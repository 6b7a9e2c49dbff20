import type { Tenant } from '@rowhouse/core';
import type pg from 'pg';
import { until } from '../../../../test/support/until.js';
import { JobsDeployment } from './jobs.fixture.js';
import { JobQueue } from './worker/job-queue.js';

const FLOOD = 10_000;
const HANDLER = { name: 'note' };

let open: JobsDeployment;
let flooding: Tenant;
let other: Tenant;
beforeEach(async () => {
  open = await JobsDeployment.open();
  flooding = await open.fleet.tenants.create({ slug: 'flooding' });
  other = await open.fleet.tenants.create({ slug: 'other', isolation: 'row' });
});
afterEach(() => open.close());

/** As many transactions of the tenant would. */
async function flood({ id }: Tenant, jobs = FLOOD): Promise<void> {
  await open.catalog.query(
    `select rowhouse.insert_job($1, 'note', n::text, null, 0::int2, null, null) from generate_series(1, $2::int) n`,
    [id, jobs],
  );
}

/** Takes jobs as workers do, and ends each at once. @returns the tenants, in the order of starts. */
async function drain(rounds: number, batch: number, onRound: (round: number) => unknown = () => {}) {
  const queue = new JobQueue(open.catalog, 60_000);
  await queue.register([HANDLER.name]);
  const started: string[] = [];
  for (let round = 0; round < rounds; round += 1) {
    await onRound(round);
    const jobs = await queue.claim(HANDLER, batch);
    started.push(...jobs.map(({ tenant }) => tenant.slug));
    for (const job of jobs) await queue.completed(job);
  }
  return started;
}

describe('however many jobs of one tenant wait', () => {
  it('the job of another is the next to be started', async () => {
    await flood(flooding);
    const enqueue = (round: number) => round === 5 && open.enqueue(other, 'note', null);
    const started = await drain(8, 4, enqueue);
    expect(started).toHaveLength(32);
    expect(started.filter((slug) => slug === 'other')).toEqual(['other']);
    // Of the batch that was taken after it was enqueued, the first.
    expect(started.indexOf('other')).toBe(20);
  });

  it('a worker that is busy with them starts it as soon as one of them ends', async () => {
    const started: string[] = [];
    let hold = true;
    const ends: (() => void)[] = [];
    await flood(flooding);
    await open.work([
      {
        ...HANDLER,
        concurrency: 5,
        handle: async ({ tenant }) => {
          started.push(tenant.slug);
          if (hold) await new Promise<void>((end) => ends.push(end));
        },
      },
    ]);
    await until(() => ends.length === 5);
    await open.enqueue(other, 'note', null);
    hold = false;
    ends[0]?.();
    await until(() => started.includes('other'));
    expect(started.indexOf('other')).toBe(5);
    for (const end of ends) end();
  });

  it('tenants with jobs alternate, and one that was away has saved up nothing', async () => {
    await flood(flooding, 100);
    await drain(1, 50);
    await flood(other, 100);
    const started = await drain(30, 2);
    for (let n = 0; n < 60; n += 2) expect(started.slice(n, n + 2).sort()).toEqual(['flooding', 'other']);
  });

  it('urgent jobs of one are not before those of another', async () => {
    for (let n = 0; n < 10; n += 1) await open.enqueue(flooding, 'note', n, { priority: 10 });
    for (let n = 0; n < 10; n += 1) await open.enqueue(other, 'note', n, { priority: -10 });
    const started = await drain(10, 2);
    expect(started.filter((slug) => slug === 'other')).toHaveLength(10);
    for (let n = 0; n < 20; n += 2) expect(started.slice(n, n + 2).sort()).toEqual(['flooding', 'other']);
  });

  it('those of one that is held are passed over', async () => {
    await flood(flooding);
    await open.fleet.tenants.suspend('flooding');
    await open.enqueue(other, 'note', null);
    expect(await drain(2, 10)).toEqual(['other']);
    expect(await open.count("state = 'waiting' and attempts = 0")).toBe(FLOOD);
    await open.fleet.tenants.activate('flooding');
    expect(await drain(1, 10)).toHaveLength(10);
  });

  it('taking some reads a few index entries for each tenant, and not all jobs', async () => {
    await flood(flooding, 100);
    await open.catalog.query('vacuum analyze rowhouse.jobs');
    const few = await entriesRead();
    await flood(flooding);
    await open.catalog.query('vacuum analyze rowhouse.jobs');
    const many = await entriesRead();
    expect(many).toBeLessThan(few + 100);
  });

  /** How many rows and index entries one claim reads, as the server counts them in its transaction. */
  async function entriesRead(): Promise<number> {
    await new JobQueue(open.catalog, 60_000).register([HANDLER.name]);
    let entries = 0;
    const transaction = <T>(work: (client: pg.PoolClient) => Promise<T>) =>
      open.catalog.transaction(async (client) => {
        const result = await work(client);
        const { rows } = await client.query<{ read: number }>(
          `select (pg_stat_get_xact_tuples_returned('rowhouse.jobs'::regclass)
             + (select sum(pg_stat_get_xact_tuples_returned(i.indexrelid)) from pg_index i
                 where i.indrelid = 'rowhouse.jobs'::regclass))::int as read`,
        );
        entries = rows[0]?.read ?? 0;
        return result;
      });
    const counting = Object.create(open.catalog, { transaction: { value: transaction } });
    expect(await new JobQueue(counting, 60_000).claim(HANDLER, 5)).toHaveLength(5);
    expect(entries).toBeGreaterThan(0);
    return entries;
  }
});

it('a claim that was frozen in the middle does not keep others from taking jobs for long', async () => {
  const queue = new JobQueue(open.catalog, 60_000);
  await queue.register([HANDLER.name]);
  await open.enqueue(other, 'note', null);
  await open.catalog
    .transaction(async (client) => {
      await client.query("select from rowhouse.job_queues where name = 'note' for update");
      await client.query('set local idle_in_transaction_session_timeout = 200');
      expect(await queue.claim(HANDLER, 1)).toHaveLength(1);
      await client.query('select').catch(() => {});
    })
    .catch(() => {});
});
