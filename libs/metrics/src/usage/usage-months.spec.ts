import { randomUUID } from 'node:crypto';
import { MetricsDeployment } from '../metrics.fixture.js';
import { UsageCloses } from './closes/usage-closes.js';
import { UsageMonths } from './months/usage-months.js';
import { UsageRecords } from './records/usage-records.js';
import { Clock, openUsage } from './usage.fixture.js';

let open: MetricsDeployment;
let usage: ReturnType<typeof openUsage>;
let months: UsageMonths;
const clock = new Clock(0);
const now = () => clock.now;
const tenant: string = randomUUID();

beforeEach(async () => {
  open = await MetricsDeployment.open();
  clock.to('2026-10-31T10:00:00Z');
  usage = openUsage(open.catalog, clock);
  months = new UsageMonths(open.catalog, now);
});
afterEach(async () => {
  expect(usage.problems).toEqual([]);
  await open.close();
});

/** Counts at a time, and records it at another. */
async function use(at: string, quantity: number, recordedAt: string, id = tenant): Promise<void> {
  clock.to(at);
  usage.collector.used(id, 'emails', quantity);
  await usage.flusher.flush();
  clock.to(recordedAt);
  await usage.recorder.run();
}

it('there is no month before usage is recorded, and each since then', async () => {
  expect(await months.list()).toEqual([]);
  await usage.recorder.begin();
  clock.to('2026-12-01T00:00:00Z');
  await new UsageCloses(open.catalog, now).close('2026-10');
  expect(await months.list()).toEqual([
    { month: '2026-12', isClosed: false, closableFrom: new Date('2027-01-01T02:00:00Z') },
    { month: '2026-11', isClosed: false, closableFrom: new Date('2026-12-01T02:00:00Z') },
    { month: '2026-10', isClosed: true, closableFrom: new Date('2026-11-01T02:00:00Z') },
  ]);
});

it('an open month is added up as it is now, and a closed one as it was closed', async () => {
  await usage.recorder.begin();
  const other = randomUUID();
  await use('2026-10-31T11:00:00Z', 3, '2026-10-31T13:00:00Z');
  await use('2026-10-31T12:00:00Z', 4, '2026-10-31T14:00:00Z', other);
  const emails = { meter: 'emails', unit: 'emails' };
  expect(await months.sums('2026-10')).toEqual([{ ...emails, quantity: '7', tenants: 2 }]);
  clock.to('2026-11-01T03:00:00Z');
  await new UsageCloses(open.catalog, now).close('2026-10');
  await use('2026-10-31T11:30:00Z', 5, '2026-11-01T04:00:00Z');
  await use('2026-11-01T04:30:00Z', 1, '2026-11-01T06:00:00Z');
  expect(await months.sums('2026-10')).toEqual([{ ...emails, quantity: '7', tenants: 2 }]);
  expect(await months.sums()).toEqual([{ ...emails, quantity: '6', tenants: 1 }]);
  expect(await months.tenants({ limit: 10, tenant })).toEqual([
    { tenantId: tenant, tenantSlug: null, tenantPlan: null, meters: [{ ...emails, quantity: '6' }] },
  ]);
  const pages: string[] = [];
  for (let after: readonly [string, string] | undefined; ; ) {
    const [found] = await months.tenants({ month: '2026-10', limit: 1, after });
    if (!found) break;
    pages.push(found.tenantId);
    after = ['', found.tenantId];
  }
  expect(pages).toEqual([tenant, other].sort());
  await expect(months.sums('October')).rejects.toMatchObject({ code: 'OPTIONS_INVALID' });
});

it('what was counted late is found: later revisions, and adjustments', async () => {
  await usage.recorder.begin();
  await use('2026-10-31T11:00:00Z', 3, '2026-10-31T13:00:00Z');
  await use('2026-10-31T11:10:00Z', 4, '2026-10-31T14:00:00Z');
  clock.to('2026-11-01T03:00:00Z');
  await new UsageCloses(open.catalog, now).close('2026-10');
  await use('2026-10-31T12:00:00Z', 5, '2026-11-01T04:00:00Z');
  const records = new UsageRecords(open.catalog);
  expect(await records.list({ limit: 10, late: true })).toMatchObject([
    { revision: 2, change: '4', month: '2026-10' },
    { revision: 1, change: '5', month: '2026-11' },
  ]);
  expect(await records.list({ limit: 10, late: true, month: '2026-10' })).toHaveLength(1);
  expect(await records.list({ limit: 10 })).toHaveLength(3);
});
