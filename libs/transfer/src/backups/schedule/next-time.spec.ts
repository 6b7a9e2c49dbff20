import fc from 'fast-check';
import { isCron, isTimeZone, nextTime } from './next-time.js';

const NIGHTLY = { cron: '0 3 * * *', timeZone: 'UTC', spreadMs: 0 };

describe('the next time of a schedule', () => {
  it.each([
    ['2026-11-27T02:59:59.999Z', '2026-11-27T03:00:00.000Z'],
    ['2026-11-27T03:00:00.000Z', '2026-11-28T03:00:00.000Z'],
    ['2026-12-31T12:00:00.000Z', '2027-01-01T03:00:00.000Z'],
  ])('after %s is %s', (after, next) => {
    expect(nextTime(NIGHTLY, 'a', new Date(after)).toISOString()).toBe(next);
  });

  it('is in the time zone, in summer and in winter', () => {
    const berlin = { ...NIGHTLY, timeZone: 'Europe/Berlin' };
    const after = (time: string) => nextTime(berlin, 'a', new Date(time)).toISOString();
    expect(after('2026-07-01T00:00:00Z')).toBe('2026-07-01T01:00:00.000Z');
    expect(after('2026-12-01T00:00:00Z')).toBe('2026-12-01T02:00:00.000Z');
  });

  it('has one place for each task within the spread, of which none is left out', () => {
    const spread = { ...NIGHTLY, spreadMs: 3_600_000 };
    fc.assert(
      fc.property(fc.uuid(), fc.integer({ min: 0, max: 86_400_000 * 9 }), (task, ms) => {
        const from = new Date(Date.UTC(2026, 5, 1) + ms);
        const first = nextTime(spread, task, from);
        const second = nextTime(spread, task, first);
        const midnight = new Date(first).setUTCHours(3, 0, 0, 0);
        expect(first.getTime()).toBeGreaterThan(from.getTime());
        expect(first.getTime() - midnight).toBeLessThan(3_600_000);
        expect(first.getTime() - from.getTime()).toBeLessThanOrEqual(86_400_000);
        expect(second.getTime() - first.getTime()).toBe(86_400_000);
      }),
    );
  });

  it('spreads thousands of tasks evenly, over at most half the interval', () => {
    const hourly = { cron: '0 * * * *', timeZone: 'UTC', spreadMs: 86_400_000 };
    const minutes = Array.from({ length: 5_000 }, (_, n) =>
      nextTime(hourly, `tenant ${n}`, new Date('2026-06-01T00:00:00Z')).getUTCMinutes(),
    );
    const counts = Array.from({ length: 30 }, (_, minute) => minutes.filter((one) => one === minute).length);
    expect(Math.max(...minutes)).toBe(29);
    expect(Math.min(...counts)).toBeGreaterThan(100);
    expect(Math.max(...counts)).toBeLessThan(250);
  });
});

it.each(['0 3 * * *', '*/15 * * * 1-5', '0 0 1 * *'])('%j is a schedule', (text) => {
  expect(isCron(text)).toBe(true);
});
it.each(['', '3', 'soon', '0 0 31 2 *', '0 0 3 * * *', '60 * * * *'])('%j is none', (text) => {
  expect(isCron(text)).toBe(false);
});
it('knows time zones', () => {
  expect([
    isTimeZone('UTC'),
    isTimeZone('Asia/Kathmandu'),
    isTimeZone('Mars/Olympus'),
    isTimeZone(''),
  ]).toEqual([true, true, false, false]);
});
