import { METER_INDEX, type Meter, WITHOUT_TENANT } from '../meters.js';
import { MetricsCollector } from './metrics-collector.js';
import type { Tally } from './tally.js';

const statement = { text: 'select 1', durationMs: 2, rows: 3, failed: false, begun: undefined };

function collectorAt(clock: { now: number }, options: { slowStatementMs?: number } = {}) {
  const { slowStatementMs = 100 } = options;
  return new MetricsCollector({ slowStatementMs, userOf: () => undefined, now: () => clock.now });
}

const meterIn = (tally: Tally | undefined, meter: Meter) => tally?.values[METER_INDEX[meter]];

describe('the collector', () => {
  it('counts minute by minute, and hands out everything once', () => {
    const clock = { now: 59_999 };
    const collector = collectorAt(clock);
    collector.statement('acme', statement);
    clock.now = 60_000;
    collector.statement('acme', { ...statement, failed: true });
    collector.statement('', statement);
    const minutes = collector.take();
    expect(minutes.map(({ minute, tallies }) => [minute, [...tallies.keys()]])).toEqual([
      [0, ['acme']],
      [1, ['acme', WITHOUT_TENANT]],
    ]);
    expect(meterIn(minutes[1]?.tallies.get('acme'), 'failedStatements')).toBe(1);
    expect(meterIn(minutes[0]?.tallies.get('acme'), 'databaseUs')).toBe(2_000);
    expect(collector.take()).toEqual([]);
  });

  it('keeps the sums and bounds the minutes when nobody takes them', () => {
    const clock = { now: 0 };
    const collector = collectorAt(clock);
    for (; clock.now < 100 * 60_000; clock.now += 60_000) collector.statement('acme', statement);
    const minutes = collector.take();
    expect(minutes.length).toBeLessThanOrEqual(4);
    const sum = minutes.reduce(
      (all, { tallies }) => all + (meterIn(tallies.get('acme'), 'statements') ?? 0),
      0,
    );
    expect(sum).toBe(100);
  });

  it('keeps no values of slow statements, and a bounded number of texts', async () => {
    const collector = collectorAt({ now: 0 }, { slowStatementMs: 1 });
    for (let n = 0; n < 100; n += 1)
      collector.statement('acme', { ...statement, text: `select '${n}' from secrets where id = ${n}` });
    collector.statement('globex', { ...statement, text: `select '${'x'.repeat(10_000)}'` });
    expect(await collector.takeSlowStatements()).toMatchObject([
      { tenantId: 'acme', shape: 'select ? from secrets where id = ?', calls: 50, maxUs: 2_000, rows: 150 },
      { tenantId: 'globex', shape: undefined, calls: 1 },
    ]);
    expect(meterIn(collector.take()[0]?.tallies.get('acme'), 'slowStatements')).toBe(100);
    expect(await collector.takeSlowStatements()).toEqual([]);
  });

  it('tells users apart, and survives an app that cannot say who they are', () => {
    const request = { headers: {} };
    const tenant = { id: 'acme' } as never;
    const users = ['ada', 'ada', 'bob', undefined];
    const collector = new MetricsCollector({ slowStatementMs: 1, userOf: () => users.shift() });
    for (let n = 0; n < 4; n += 1) collector.ended({ tenant, status: 200, durationMs: 1, request });
    expect(collector.take()[0]?.tallies.get('acme')?.users?.size).toBe(2);
    const broken = new MetricsCollector({
      slowStatementMs: 1,
      userOf: () => {
        throw new Error('no');
      },
    });
    broken.ended({ tenant, status: undefined, durationMs: 1, request });
    expect(meterIn(broken.take()[0]?.tallies.get('acme'), 'aborted')).toBe(1);
  });
});
