import { createHash, randomUUID } from 'node:crypto';
import { Catalog } from '@rowhouse/core';
import pg from 'pg';
import { MetricsDeployment } from '../metrics.fixture.js';
import { UsageCloses } from './closes/usage-closes.js';
import type { UsageTotal } from './closes/usage-total.js';
import { usageCost, usageCostLines } from './cost/usage-cost.js';
import { UsageRecords } from './records/usage-records.js';
import { Clock, openUsage, STATEMENT } from './usage.fixture.js';

let open: MetricsDeployment;
let usage: ReturnType<typeof openUsage>;
let closes: UsageCloses;
const clock = new Clock(0);
const now = () => clock.now;
const tenant: string = randomUUID();

beforeEach(async () => {
  open = await MetricsDeployment.open();
  clock.to('2026-10-31T10:00:00Z');
  usage = openUsage(open.catalog, clock);
  closes = new UsageCloses(open.catalog, now);
  await usage.recorder.begin();
});
afterEach(async () => {
  expect(usage.problems).toEqual([]);
  await open.close();
});

/** Counts at a time, and goes on to another. */
async function use(at: string, quantity: number, then = clock.now, id = tenant): Promise<void> {
  clock.to(at);
  usage.collector.used(id, 'emails', quantity);
  await usage.flusher.flush();
  clock.now = then;
}

async function totalsOf(month: string): Promise<readonly string[]> {
  const totals: UsageTotal[] = [];
  for await (const total of closes.totals(month)) totals.push(total);
  return totals.map(({ meter, quantity }) => `${meter} ${quantity}`);
}

describe('a closed month', () => {
  it('has what was counted in its hours of UTC, and cannot be closed before two hours after its end', async () => {
    await use('2026-10-31T23:59:59.999Z', 3);
    await use('2026-11-01T00:00:00.000Z', 5);
    clock.to('2026-11-01T01:59:59Z');
    await expect(closes.close('2026-10')).rejects.toThrow('from 2026-11-01T02:00:00.000Z on');
    clock.to('2026-11-01T02:00:00Z');
    const close = await closes.close('2026-10', { by: { type: 'user', id: 'ada' } });
    expect(close).toMatchObject({ month: '2026-10', totals: 1, closedBy: { type: 'user', id: 'ada' } });
    expect(await totalsOf('2026-10')).toEqual(['emails 3']);
    await expect(closes.close('2026-11')).rejects.toMatchObject({ code: 'USAGE_CLOSE_CONFLICT' });
    const { rows } = await open.catalog.query(
      "select actor, after from rowhouse.audit_entries where action = 'usage.closed'",
    );
    expect(rows).toEqual([
      { actor: { type: 'user', id: 'ada' }, after: { month: '2026-10', totals: 1, sha256: close.hash } },
    ]);
  });

  it('never changes: what is counted later belongs to the first open month, and names its hour', async () => {
    await use('2026-10-31T23:30:00Z', 3);
    clock.to('2026-11-02T00:00:00Z');
    const closed = await closes.close('2026-10');
    await use('2026-10-31T23:40:00Z', 4);
    await use('2026-11-03T08:00:00Z', 1, new Date('2026-11-03T10:00:00Z').getTime());
    await usage.recorder.run();
    const found = await new UsageRecords(open.catalog).list({ limit: 10, month: '2026-11' });
    expect(found).toMatchObject([
      { hour: new Date('2026-10-31T23:00:00Z'), revision: 2, quantity: '7', change: '4' },
      { hour: new Date('2026-11-03T08:00:00Z'), revision: 1, quantity: '1', change: '1' },
    ]);
    expect(await closes.find('2026-10')).toEqual({ ...closed, isIntact: true });
    expect(await totalsOf('2026-10')).toEqual(['emails 3']);
    clock.to('2026-12-02T00:00:00Z');
    expect(await closes.close('2026-11')).toMatchObject({ totals: 1, previousHash: closed.hash });
    expect(await totalsOf('2026-11')).toEqual(['emails 5']);
    expect((await closes.list()).map(({ month }) => month)).toEqual(['2026-11', '2026-10']);
  });

  it('is closed once by those who close it at once, with one entry in the audit trail', async () => {
    await use('2026-10-31T23:30:00Z', 3);
    clock.to('2026-11-02T00:00:00Z');
    const catalogs = Array.from({ length: 4 }, () => new Catalog({ url: open.ownerUrl }));
    const closed = await Promise.all(
      catalogs.map((catalog) => new UsageCloses(catalog, now).close('2026-10')),
    );
    expect(new Set(closed.map((one) => JSON.stringify(one))).size).toBe(1);
    expect(await closes.close('2026-10')).toEqual(closed[0]);
    const { rowCount } = await open.catalog.query(
      "select from rowhouse.audit_entries where action = 'usage.closed'",
    );
    expect(rowCount).toBe(1);
    await Promise.all(catalogs.map((catalog) => catalog.close()));
  });

  it('is closed as it was or not at all when a process dies in between', async () => {
    await use('2026-10-31T23:30:00Z', 3);
    clock.to('2026-11-02T00:00:00Z');
    const dying = Object.create(open.catalog, {
      transaction: {
        value: (work: (client: unknown) => Promise<unknown>) =>
          open.catalog.transaction(async (client) => {
            await work(client);
            throw new Error('killed');
          }),
      },
    }) as Catalog;
    await expect(new UsageCloses(dying, now).close('2026-10')).rejects.toThrow('killed');
    await expect(closes.find('2026-10')).rejects.toMatchObject({ code: 'USAGE_CLOSE_NOT_FOUND' });
    expect(await closes.close('2026-10')).toMatchObject({ totals: 1 });
  });

  it('refuses changes, and shows those of who may make them all the same', async () => {
    await use('2026-10-31T23:30:00Z', 3);
    clock.to('2026-11-02T00:00:00Z');
    await closes.close('2026-10');
    for (const table of ['usage_totals', 'usage_closes', 'usage_records'])
      for (const text of [`update rowhouse.${table} set month = month`, `delete from rowhouse.${table}`])
        await expect(open.catalog.query(text)).rejects.toThrow('never changed');
    for (const text of [
      `insert into rowhouse.usage_totals (month, tenant_id, meter, quantity) values ('2026-10-01', '${randomUUID()}', 'emails', 1)`,
      `insert into rowhouse.usage_records (seq, tenant_id, meter, hour, revision, quantity, change, month)
         values (99, '${tenant}', 'emails', '2026-10-01', 1, 1, 1, '2026-10-01')`,
    ])
      await expect(open.catalog.query(text)).rejects.toThrow('the month 2026-10 is closed');
    const superuser = new pg.Client({ connectionString: open.database.url });
    await superuser.connect();
    await superuser.query(
      `begin; set local session_replication_role = 'replica'; update rowhouse.usage_totals set quantity = 1; commit`,
    );
    await superuser.end();
    expect(await closes.find('2026-10')).toMatchObject({ isIntact: false });
  });

  it('has a hash that anybody can compute from its totals', async () => {
    const others = [randomUUID(), randomUUID()];
    for (const id of [tenant, ...others]) await use('2026-10-31T10:30:00Z', 3, clock.now, id);
    usage.collector.statement(tenant, STATEMENT);
    await usage.flusher.flush();
    const [acme] = await open.tenants(['acme']);
    await use('2026-10-31T10:30:00Z', 4, clock.now, acme?.id);
    clock.to('2026-11-02T00:00:00Z');
    const { previousHash, hash } = await closes.close('2026-10');
    expect(previousHash).toBe('0'.repeat(64));
    const expected = createHash('sha256').update(`${previousHash}\n`);
    for await (const { tenantId, tenantSlug, tenantPlan, meter, quantity } of closes.totals('2026-10')) {
      const cells = [tenantId, tenantSlug, tenantPlan, meter, quantity].map((cell) => JSON.stringify(cell));
      expected.update(`[${cells.join(', ')}]\n`);
    }
    expect(hash).toBe(expected.digest('hex'));
  });

  it('is closed in the order of months, and not without usage', async () => {
    await use('2026-10-31T23:30:00Z', 3);
    await use('2026-11-30T23:30:00Z', 3);
    clock.to('2027-01-02T00:00:00Z');
    // Nothing of it is recorded yet.
    await expect(closes.close('2026-11')).rejects.toThrow('Close 2026-10 first');
    await expect(closes.close('2026-09')).rejects.toThrow('it is recorded since 2026-10');
    await closes.close('2026-10');
    await closes.close('2026-11');
    // A month without any usage.
    expect(await closes.close('2026-12')).toMatchObject({ totals: 0 });
    expect(await closes.find('2026-12')).toMatchObject({ isIntact: true });
    for (const month of ['2026-1', '2026-13', 'now', ''])
      await expect(closes.close(month)).rejects.toMatchObject({ code: 'OPTIONS_INVALID' });
  });
});

describe('the cost of a month', () => {
  const prices = {
    currency: 'EUR',
    meters: { emails: { price: '0.015', free: '2' }, databaseMs: { price: '0.10', per: '1000' } },
  };

  it('is what each tenant used times the prices, so far or for good', async () => {
    const [acme, globex] = await open.tenants(['acme', 'globex']);
    if (!acme || !globex) throw new Error('not two');
    await use('2026-10-31T10:30:00Z', 1_003, clock.now, acme.id);
    usage.collector.statement(globex.id, { ...STATEMENT, durationMs: 45_000.5 });
    await usage.flusher.flush();
    clock.to('2026-10-31T12:00:00Z');
    await usage.recorder.run();
    const soFar = await usageCost(open.catalog, '2026-10', prices);
    expect(soFar).toMatchObject({
      month: '2026-10',
      isClosed: false,
      currency: 'EUR',
      total: '19.52',
      tenants: [
        {
          tenantSlug: 'acme',
          total: '15.02',
          meters: {
            emails: { quantity: '1003', amount: '15.02' },
            databaseMs: { quantity: '0', amount: '0.00' },
          },
        },
        {
          tenantSlug: 'globex',
          total: '4.50',
          meters: { databaseMs: { quantity: '45000.5', amount: '4.50' } },
        },
      ],
    });
    clock.to('2026-11-02T00:00:00Z');
    await closes.close('2026-10');
    const final = await usageCost(open.catalog, '2026-10', prices);
    expect(final).toEqual({ ...soFar, isClosed: true });
    expect(usageCostLines(final, prices).join('').split('\r\n')).toEqual([
      'month,state,tenant_id,tenant,plan,emails,emails_amount,databaseMs,databaseMs_amount,total,currency',
      `2026-10,closed,${acme.id},acme,${acme.plan},1003,15.02,0,0.00,15.02,EUR`,
      `2026-10,closed,${globex.id},globex,${globex.plan},0,0.00,45000.5,4.50,4.50,EUR`,
      '',
    ]);
  });
});
