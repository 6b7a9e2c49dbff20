import { randomUUID } from 'node:crypto';
import type { Catalog } from '@rowhouse/core';
import { MetricsCollector } from '../collector/metrics-collector.js';
import { MetricsDeployment } from '../metrics.fixture.js';
import { TenantMetrics } from '../reading/tenant-metrics.js';
import { MetricsFlusher } from './metrics-flusher.js';

const statement = { text: 'select 1', durationMs: 2, rows: 3, failed: false, begun: undefined };

let open: MetricsDeployment;
let metrics: TenantMetrics;
let problems: unknown[];
const clock = { now: Date.now() };

beforeAll(async () => {
  open = await MetricsDeployment.open();
});
beforeEach(() => {
  metrics = new TenantMetrics(open.catalog, () => clock.now);
  problems = [];
});
afterAll(() => open.close());

function instance(catalog: Pick<Catalog, 'query'> = open.catalog) {
  const collector = new MetricsCollector({ slowStatementMs: 1, userOf: () => 'ada', now: () => clock.now });
  const flusher = new MetricsFlusher({
    catalog,
    collector,
    flushMs: 10_000,
    onProblem: (error) => problems.push(error),
  });
  return { collector, flusher };
}

const named = () => ({ id: randomUUID(), slug: 'acme' });

describe('a flush', () => {
  it('is applied once when its answer is lost, and when it never arrived', async () => {
    const acme = named();
    const query = open.catalog.query as (...args: unknown[]) => Promise<unknown>;
    const ways = [
      () => Promise.reject(new Error('never arrived')),
      async (...args: unknown[]) => {
        await query(...args);
        throw new Error('answer lost');
      },
    ];
    const flaky = { query: (...args: unknown[]) => (ways.shift() ?? query)(...args) } as Pick<
      Catalog,
      'query'
    >;
    const { collector, flusher } = instance(flaky);
    collector.statement(acme.id, statement);
    await expect(flusher.flush()).rejects.toThrow('never arrived');
    collector.statement(acme.id, statement);
    await expect(flusher.flush()).rejects.toThrow('answer lost');
    await flusher.flush();
    await flusher.flush();
    expect((await metrics.of(acme)).ever).toMatchObject({ statements: 2, rows: 6, databaseMs: 4 });
  });

  it('is applied once when it is sent again while it still runs', async () => {
    const acme = named();
    const sent: unknown[][] = [];
    const recording = {
      query: (...args: unknown[]) => {
        sent.push(args);
        return Promise.resolve({ rows: [] });
      },
    } as unknown as Pick<Catalog, 'query'>;
    const { collector, flusher } = instance(recording);
    collector.statement(acme.id, statement);
    await flusher.flush();
    const query = open.catalog.query as (...args: unknown[]) => Promise<unknown>;
    await Promise.all(Array.from({ length: 5 }, () => query(...(sent[0] as unknown[]))));
    expect((await metrics.of(acme)).ever.statements).toBe(1);
  });

  it('adds to what other instances have added, at the same time and without deadlocks', async () => {
    const tenants = Array.from({ length: 60 }, named);
    const instances = Array.from({ length: 3 }, () => instance());
    for (let round = 0; round < 4; round += 1) {
      for (const [n, { collector }] of instances.entries()) {
        const order = n % 2 === 0 ? tenants : [...tenants].reverse();
        for (const { id } of order) {
          collector.statement(id, statement);
          collector.ended({ tenant: { id } as never, status: 200, durationMs: 10, request: { headers: {} } });
        }
      }
      await Promise.all(instances.map(({ flusher }) => flusher.flush()));
    }
    for (const tenant of tenants.slice(0, 5)) {
      const { ever, lastHour, lastDay, activeUsers } = await metrics.of(tenant);
      expect(ever).toMatchObject({ statements: 12, requests: 12, responses2xx: 12, rows: 36 });
      expect(ever.latencyMs?.average).toBeCloseTo(10);
      expect(ever.latencyMs?.p99).toBeCloseTo(10, -1);
      expect([lastHour, lastDay]).toEqual([ever, ever]);
      expect(activeUsers).toEqual({ today: 1, thirtyDays: 1 });
    }
    expect(problems).toEqual([]);
  });

  it('keeps minutes and hours apart', async () => {
    const acme = named();
    const { collector, flusher } = instance();
    const hour = Math.floor(clock.now / 3_600_000) * 3_600_000;
    clock.now = hour + 59_000;
    collector.statement(acme.id, statement);
    clock.now = hour + 61_000;
    collector.statement(acme.id, statement);
    clock.now = hour + 3_600_000;
    collector.statement(acme.id, statement);
    await flusher.flush();
    const query = { from: new Date(hour), to: new Date(hour + 120_000) };
    const minutes = await metrics.series(acme, { resolution: 'minute', ...query });
    expect(minutes.map(({ time, statements }) => [time.getTime() - hour, statements])).toEqual([
      [0, 1],
      [60_000, 1],
    ]);
    const hours = await metrics.series(acme, { resolution: 'hour', from: new Date(hour) });
    expect(hours.map(({ statements }) => statements)).toEqual([2, 1]);
    expect(await metrics.series(acme, { resolution: 'hour' })).toHaveLength(720);
    expect(await metrics.series(acme, { resolution: 'minute' })).toHaveLength(1_440);
  });

  it('of a tenant that was purged is part of the sums of all only', async () => {
    const [gone] = await open.tenants(['gone']);
    if (!gone) throw new Error('no tenant');
    const { collector, flusher } = instance();
    collector.statement(gone.id, { ...statement, durationMs: 5 });
    await flusher.flush();
    const before = (await metrics.fleet()).ever.statements;
    await open.catalog.query('delete from rowhouse.tenants where id = $1', [gone.id]);
    collector.statement(gone.id, statement);
    await flusher.flush();
    expect((await metrics.fleet()).ever.statements).toBe(before + 1);
    for (const table of ['totals', 'minutes', 'hours', 'users', 'slow_statements']) {
      const { rows } = await open.catalog.query(
        `select 1 from rowhouse.metric_${table} where tenant_id = $1`,
        [gone.id],
      );
      expect([table, rows]).toEqual([table, []]);
    }
  });

  it('at the end writes what is left, and reports what is lost', async () => {
    const acme = named();
    const { collector, flusher } = instance();
    flusher.start();
    collector.statement(acme.id, statement);
    await flusher.close();
    expect((await metrics.of(acme)).ever.statements).toBe(1);
    const dead = instance({ query: () => Promise.reject(new Error('away')) } as never);
    dead.collector.statement(acme.id, statement);
    await dead.flusher.close();
    expect(problems).toMatchObject([{ message: 'away' }]);
  });
});
