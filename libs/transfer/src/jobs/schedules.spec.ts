import { Cron } from 'croner';
import { until } from '../../../../test/support/until.js';
import { JobsDeployment } from './jobs.fixture.js';
import { JobQueue } from './worker/job-queue.js';

const HOURLY = { name: 'report', schedule: '0 * * * *' };

let open: JobsDeployment;
let queue: JobQueue;
beforeEach(async () => {
  open = await JobsDeployment.open();
  queue = new JobQueue(open.catalog, 60_000);
  await queue.register([HOURLY.name]);
  for (const slug of ['acme', 'globex', 'away']) await open.fleet.tenants.create({ slug, isolation: 'row' });
  await open.fleet.tenants.suspend('away');
});
afterEach(() => open.close());

const fanOut = (timezone = 'UTC', pattern = HOURLY.schedule, jitterMs = 0) =>
  queue.fanOut(HOURLY.name, new Cron(pattern, { timezone, paused: true }), jitterMs);
const lastWas = (ago: string) =>
  open.catalog.query(`update rowhouse.job_queues set scheduled_at = now() - interval '${ago}'`);

describe('a schedule', () => {
  it('begins now, and says how long it is until its next time', async () => {
    const waitMs = await fanOut();
    expect(waitMs).toBeGreaterThan(0);
    expect(waitMs).toBeLessThanOrEqual(3_600_000);
    expect(await open.count()).toBe(0);
  });

  it('makes one job for each active tenant, by one of many processes', async () => {
    await fanOut();
    await lastWas('1 hour');
    await Promise.all([fanOut(), fanOut(), fanOut(), fanOut()]);
    const { jobs } = await open.jobs.list();
    expect(jobs).toHaveLength(2);
    expect(new Set(jobs.map(({ tenantId }) => tenantId)).size).toBe(2);
  });

  it('makes up for times at which nobody worked, once', async () => {
    await fanOut();
    await lastWas('3 days');
    await fanOut();
    await fanOut();
    expect(await open.count()).toBe(2);
  });

  it('makes its job whatever keys those of the app have', async () => {
    const acme = await open.fleet.tenants.find('acme');
    for (const singletonKey of ['schedule', 'rowhouse'])
      await open.enqueue(acme, HOURLY.name, null, { singletonKey });
    await fanOut();
    await lastWas('1 hour');
    await fanOut();
    expect(await open.count(`tenant_id = '${acme.id}'`)).toBe(3);
  });

  it('makes none while the one before waits', async () => {
    await fanOut();
    for (let n = 0; n < 3; n += 1) {
      await lastWas('1 hour');
      await fanOut();
    }
    expect(await open.count()).toBe(2);
  });

  it('with jitter gives each tenant a delay of its own, the same each time', async () => {
    await fanOut();
    const delays = async () => {
      await lastWas('1 hour');
      await fanOut('UTC', HOURLY.schedule, 3_600_000);
      const { rows } = await open.catalog.query(
        `with spread as (select tenant_id, run_at, created_at from rowhouse.jobs)
         select round(extract(epoch from run_at - created_at)) as delay from spread order by tenant_id`,
      );
      await open.catalog.query('delete from rowhouse.jobs');
      return rows.map(({ delay }) => Number(delay));
    };
    const first = await delays();
    expect(new Set(first).size).toBe(2);
    for (const delay of first) expect([delay >= 0, delay < 3_600]).toEqual([true, true]);
    const second = await delays();
    // The transaction began some time before its statement.
    for (const [index, delay] of second.entries())
      expect(Math.abs(delay - (first[index] as number))).toBeLessThan(600);
  });

  it('that is changed begins anew', async () => {
    await fanOut();
    await lastWas('3 days');
    await fanOut('UTC', '30 * * * *');
    await lastWas('3 days');
    await fanOut('Europe/Vienna', '30 * * * *');
    expect(await open.count()).toBe(0);
  });

  it('is kept by workers', async () => {
    const seen: unknown[] = [];
    const handler = {
      name: 'report',
      cron: '0 * * * *',
      handle: ({ tenant, data }: { tenant: { slug: string }; data: unknown }) =>
        void seen.push([tenant.slug, data]),
    };
    await fanOut();
    await lastWas('1 hour');
    for (let n = 0; n < 2; n += 1) await open.work([handler]);
    await until(async () => (await open.count("state = 'completed'")) === 2);
    expect(seen.sort()).toEqual([
      ['acme', null],
      ['globex', null],
    ]);
    expect(open.problems).toEqual([]);
  });
});
