import { randomUUID } from 'node:crypto';
import { Catalog, TenantContext } from '@rowhouse/core';
import { MetricsDeployment } from '../metrics.fixture.js';
import { UsageRecords } from './records/usage-records.js';
import { TenantUsage } from './tenant-usage.js';
import { Clock, openUsage, STATEMENT } from './usage.fixture.js';

let open: MetricsDeployment;
let usage: ReturnType<typeof openUsage>;
let records: UsageRecords;
let tenant: string;
const clock = new Clock(0);

beforeEach(async () => {
  open = await MetricsDeployment.open();
  clock.to('2026-10-05T10:59:30Z');
  usage = openUsage(open.catalog, clock);
  records = new UsageRecords(open.catalog);
  tenant = randomUUID();
  await usage.recorder.begin();
});
afterEach(async () => {
  expect(usage.problems).toEqual([]);
  await open.close();
});

const shown = async (of: string = tenant) =>
  (await records.list({ limit: 500, tenant: of })).map(
    ({ meter, hour, revision, quantity, change, month }) =>
      `${meter} ${hour.toISOString().slice(0, 13)} ${revision}: ${quantity} (+${change}) ${month}`,
  );

describe('records of usage', () => {
  it('are made of an hour when it is over and its last flushes are in, once', async () => {
    usage.collector.statement(tenant, STATEMENT);
    usage.collector.used(tenant, 'emails', 3);
    clock.to('2026-10-05T11:00:10Z');
    usage.collector.statement(tenant, { ...STATEMENT, durationMs: 0.001 });
    await usage.flusher.flush();
    clock.to('2026-10-05T11:04:59Z');
    await usage.recorder.run();
    expect(await shown()).toEqual([]);
    clock.to('2026-10-05T11:05:00Z');
    await usage.recorder.run();
    const ofTen = [
      'databaseMs 2026-10-05T10 1: 2 (+2) 2026-10',
      'emails 2026-10-05T10 1: 3 (+3) 2026-10',
      'rows 2026-10-05T10 1: 3 (+3) 2026-10',
      'statements 2026-10-05T10 1: 1 (+1) 2026-10',
    ];
    expect(await shown()).toEqual(ofTen);
    await usage.recorder.run();
    expect(await shown()).toEqual(ofTen);
    clock.to('2026-10-05T12:05:00Z');
    await usage.recorder.run();
    expect((await shown()).slice(4)).toEqual([
      'databaseMs 2026-10-05T11 1: 0.001 (+0.001) 2026-10',
      'rows 2026-10-05T11 1: 3 (+3) 2026-10',
      'statements 2026-10-05T11 1: 1 (+1) 2026-10',
    ]);
  });

  it('of a recorded hour are corrected by what is counted later', async () => {
    usage.collector.used(tenant, 'emails', 3);
    await usage.flusher.flush();
    clock.to('2026-10-05T11:05:00Z');
    await usage.recorder.run();
    for (const emails of [2, 4]) {
      clock.to('2026-10-05T10:59:59Z');
      usage.collector.used(tenant, 'emails', emails);
      usage.collector.statement(tenant, { ...STATEMENT, rows: 0 });
      await usage.flusher.flush();
      clock.to('2026-10-05T13:00:00Z');
      await usage.recorder.run();
    }
    expect(await shown()).toEqual([
      'emails 2026-10-05T10 1: 3 (+3) 2026-10',
      'databaseMs 2026-10-05T10 1: 2 (+2) 2026-10',
      'emails 2026-10-05T10 2: 5 (+2) 2026-10',
      'statements 2026-10-05T10 1: 1 (+1) 2026-10',
      'databaseMs 2026-10-05T10 2: 4 (+2) 2026-10',
      'emails 2026-10-05T10 3: 9 (+4) 2026-10',
      'statements 2026-10-05T10 2: 2 (+1) 2026-10',
    ]);
  });

  it('count once what was flushed twice, by instances whose answers were lost', async () => {
    const query = open.catalog.query as (...args: unknown[]) => Promise<unknown>;
    const ways = [
      async (...args: unknown[]) => {
        await query(...args);
        throw new Error('answer lost');
      },
    ];
    const flaky = Object.create(open.catalog, {
      query: { value: (...args: unknown[]) => (ways.shift() ?? query)(...args) },
    }) as Catalog;
    const other = openUsage(flaky, clock);
    other.collector.used(tenant, 'emails', 3);
    await expect(other.flusher.flush()).rejects.toThrow('answer lost');
    other.collector.used(tenant, 'emails', 1);
    await other.flusher.flush();
    usage.collector.used(tenant, 'emails', 1);
    await usage.flusher.flush();
    clock.to('2026-10-05T11:05:00Z');
    await usage.recorder.run();
    expect(await shown()).toEqual(['emails 2026-10-05T10 1: 5 (+5) 2026-10']);
  });

  it('are made once by instances that record at the same time, while others flush', async () => {
    const tenants = Array.from({ length: 40 }, () => randomUUID());
    const catalogs = Array.from({ length: 3 }, () => new Catalog({ url: open.ownerUrl }));
    const instances = catalogs.map((catalog) => openUsage(catalog, clock));
    for (let round = 0; round < 5; round += 1) {
      clock.to('2026-10-05T10:59:30Z');
      for (const each of instances) for (const id of tenants) each.collector.used(id, 'emails', 1);
      const flushes = instances.map(({ flusher }) => flusher.flush());
      clock.to('2026-10-05T12:00:00Z');
      await Promise.all([
        ...flushes,
        ...catalogs.map((catalog) =>
          catalog.query('select rowhouse.record_usage($1, 7)', [new Date('2026-10-05T11:55:00Z')]),
        ),
      ]);
    }
    await usage.recorder.run();
    for (const id of tenants) {
      const found = await records.list({ limit: 500, tenant: id });
      expect(found.at(-1)).toMatchObject({ quantity: '15', revision: found.length });
      expect(found.reduce((sum, { change }) => sum + Number(change), 0)).toBe(15);
    }
    const all = await records.list({ limit: 500 });
    expect(all.map(({ seq }) => seq)).toEqual(all.map((_, index) => index + 1));
    await Promise.all(catalogs.map((catalog) => catalog.close()));
  });

  it('begin with the hour in which the first app records, and are none of nobody', async () => {
    clock.to('2026-10-05T09:59:59Z');
    usage.collector.statement(tenant, STATEMENT);
    clock.to('2026-10-05T10:00:00Z');
    usage.collector.statement(tenant, STATEMENT);
    usage.collector.statement('', STATEMENT);
    await usage.flusher.flush();
    clock.to('2026-10-05T13:00:00Z');
    await usage.recorder.run();
    expect((await records.list({ limit: 500 })).map(({ tenantId }) => tenantId)).toEqual([
      tenant,
      tenant,
      tenant,
    ]);
    expect((await shown()).at(-1)).toBe('statements 2026-10-05T10 1: 1 (+1) 2026-10');
  });

  it('stay when the tenant is purged, with all that was flushed', async () => {
    const [acme, globex] = await open.tenants(['acme', 'globex']);
    if (!acme || !globex) throw new Error('not two');
    for (const { id } of [acme, globex]) usage.collector.used(id, 'emails', 3);
    await usage.flusher.flush();
    const fleet = await open.fleet();
    await fleet.tenants.delete('acme');
    await fleet.tenants.purge('acme', { confirm: 'acme', beforeRetentionEnds: true });
    usage.collector.used(acme.id, 'emails', 5);
    await usage.flusher.flush();
    clock.to('2026-10-05T13:00:00Z');
    await usage.recorder.run();
    expect(await shown(acme.id)).toEqual(['emails 2026-10-05T10 1: 3 (+3) 2026-10']);
    expect(await records.list({ limit: 1, tenant: acme.id })).toMatchObject([
      { tenantSlug: 'acme', tenantPlan: acme.plan },
    ]);
    expect(await shown(globex.id)).toEqual(['emails 2026-10-05T10 1: 3 (+3) 2026-10']);
  });

  it('never change', async () => {
    usage.collector.used(tenant, 'emails', 3);
    await usage.flusher.flush();
    clock.to('2026-10-05T13:00:00Z');
    await usage.recorder.run();
    for (const text of [
      'update rowhouse.usage_records set quantity = 1',
      'delete from rowhouse.usage_records',
      'truncate rowhouse.usage_records',
    ])
      await expect(open.catalog.query(text)).rejects.toThrow('never changed');
  });

  it('are read in pages and by filters, and exported as CloudEvents and CSV', async () => {
    const [acme] = await open.tenants(['acme']);
    if (!acme) throw new Error('none');
    usage.collector.used(acme.id, 'emails', 3);
    usage.collector.statement(tenant, STATEMENT);
    await usage.flusher.flush();
    clock.to('2026-10-05T13:00:00Z');
    await usage.recorder.run();
    const first = await records.list({ limit: 1 });
    const rest = await records.list({ limit: 500, after: first[0]?.seq });
    expect([...first, ...rest].map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
    expect(await records.list({ limit: 5, meter: 'emails', month: '2026-10' })).toHaveLength(1);
    expect(await records.list({ limit: 5, from: new Date('2026-10-05T11:00:00Z') })).toEqual([]);
    await expect(records.list({ limit: 5, month: '2026-13' })).rejects.toThrow('expected a month');
    const linesOf = async (format: 'ndjson' | 'csv') => {
      const found: string[] = [];
      for await (const line of records.lines(format, { tenant: acme.id })) found.push(line);
      return found;
    };
    const [event] = await linesOf('ndjson');
    expect(JSON.parse(event ?? '')).toEqual({
      specversion: '1.0',
      id: `${acme.id}/emails/2026-10-05T10Z/1`,
      source: 'rowhouse',
      type: 'rowhouse.usage',
      subject: acme.id,
      time: '2026-10-05T10:00:00.000Z',
      datacontenttype: 'application/json',
      data: {
        tenant: { id: acme.id, slug: 'acme', plan: acme.plan },
        meter: 'emails',
        unit: 'emails',
        revision: 1,
        quantity: '3',
        change: '3',
        month: '2026-10',
        isAdjustment: false,
      },
    });
    const [, line] = await linesOf('csv');
    expect(line).toMatch(/^[0-9a-f-]{36}\/emails\/2026-10-05T10Z\/1,.*,acme,.*,3,3,2026-10,[^,]+\r\n$/);
  });
});

describe('TenantUsage', () => {
  const counted: unknown[] = [];
  const own = new TenantUsage({ emails: 'emails' }, (...used) => counted.push(used));

  it('counts for the tenant of the context, and refuses what is no meter and no whole number', async () => {
    const [acme] = await open.tenants(['acme']);
    if (!acme) throw new Error('none');
    TenantContext.run(acme, () => own.add('emails', 3));
    TenantContext.run(acme, () => own.add('emails'));
    expect(counted).toEqual([
      [acme.id, 'emails', 3],
      [acme.id, 'emails', 1],
    ]);
    expect(() => own.add('emails')).toThrow('tenant');
    for (const quantity of [-1, 0.5, Number.NaN, 1e10])
      expect(() => TenantContext.run(acme, () => own.add('emails', quantity))).toThrow('TenantUsage.add');
    for (const meter of ['faxes', 'requests', 'toString'])
      expect(() => TenantContext.run(acme, () => own.add(meter))).toThrow(`There is no meter "${meter}"`);
  });
});
