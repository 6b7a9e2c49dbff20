import fc from 'fast-check';
import { type Keep, type Keepable, keepSchema, keptOf } from './retention.js';

const DAY_MS = 86_400_000;
const START = Date.UTC(2026, 0, 1);

const keeps: fc.Arbitrary<Keep> = fc
  .record({
    hourly: fc.integer({ min: 0, max: 5 }),
    daily: fc.integer({ min: 0, max: 9 }),
    weekly: fc.integer({ min: 0, max: 6 }),
    monthly: fc.integer({ min: 0, max: 6 }),
  })
  .filter((keep) => keepSchema.safeParse(keep).success);
const zones = fc.constantFrom(
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Asia/Kathmandu',
  'Pacific/Kiritimati',
);
const histories: fc.Arbitrary<Keepable[]> = fc
  .array(
    fc.record({
      id: fc.uuid(),
      takenAt: fc.integer({ min: 0, max: 400 * DAY_MS }).map((ms) => new Date(START + ms)),
      isGood: fc.boolean(),
      hasFailedProof: fc.boolean(),
    }),
    { maxLength: 60 },
  )
  .map((all) => all.sort((a, b) => a.takenAt.getTime() - b.takenAt.getTime()));

const property = <T extends [unknown, ...unknown[]]>(
  arbitraries: { [K in keyof T]: fc.Arbitrary<T[K]> },
  check: (...values: T) => void,
) =>
  fc.assert(fc.property(...(arbitraries as never as [fc.Arbitrary<unknown>]), check as never), {
    numRuns: 300,
  });

describe('retention', () => {
  it('always keeps the latest good backup, and nothing that is not good', () => {
    property([histories, keeps, zones], (all, keep, zone) => {
      const kept = keptOf(all, keep, zone);
      const good = all.filter(({ isGood }) => isGood);
      expect(kept.size > 0).toBe(good.length > 0);
      if (good.length > 0) {
        const latest = Math.max(...good.map(({ takenAt }) => takenAt.getTime()));
        expect(good.some(({ id, takenAt }) => takenAt.getTime() === latest && kept.has(id))).toBe(true);
      }
      const proven = good.filter(({ hasFailedProof }) => !hasFailedProof);
      if (proven.length > 0) {
        const latest = Math.max(...proven.map(({ takenAt }) => takenAt.getTime()));
        expect(proven.some(({ id, takenAt }) => takenAt.getTime() === latest && kept.has(id))).toBe(true);
      }
      expect(all.filter(({ id, isGood }) => kept.has(id) && !isGood)).toEqual([]);
    });
  });

  it('keeps no more than it is told to', () => {
    property([histories, keeps, zones], (all, keep, zone) => {
      const most = Object.values(keepSchema.parse(keep)).reduce((sum, count) => sum + count, 0);
      // And the latest that can be restored.
      expect(keptOf(all, keep, zone).size).toBeLessThanOrEqual(most + 1);
    });
  });

  it('comes to the same after each backup as once at the end', () => {
    property([histories, keeps, zones], (all, keep, zone) => {
      let left: Keepable[] = [];
      for (const one of all) {
        left.push(one);
        const kept = keptOf(left, keep, zone);
        left = left.filter(({ id }) => kept.has(id));
      }
      expect(new Set(left.map(({ id }) => id))).toEqual(keptOf(all, keep, zone));
    });
  });

  it('keeps more where it is told to keep more, and the order does not matter', () => {
    property([histories, keeps, keeps, zones], (all, keep, more, zone) => {
      const sum = { ...keepSchema.parse(keep) };
      for (const [period, count] of Object.entries(keepSchema.parse(more)))
        sum[period as keyof Keep] += count;
      const kept = keptOf(all, keep, zone);
      const wider = keptOf([...all].reverse(), sum, zone);
      expect([...kept].filter((id) => !wider.has(id))).toEqual([]);
    });
  });

  it('keeps the last of each day, week and month of a year', () => {
    const nightly = Array.from({ length: 365 }, (_, day) => ({
      id: new Date(START + day * DAY_MS).toISOString().slice(0, 10),
      takenAt: new Date(START + day * DAY_MS + DAY_MS / 8),
      isGood: true,
      hasFailedProof: false,
    }));
    expect([...keptOf(nightly, { daily: 3, weekly: 3, monthly: 3 }, 'UTC')].sort()).toEqual([
      '2026-10-31',
      '2026-11-30',
      '2026-12-20',
      '2026-12-27',
      '2026-12-29',
      '2026-12-30',
      '2026-12-31',
    ]);
  });

  it('goes by the calendar of the time zone', () => {
    const at = (time: string) => ({ id: time, takenAt: new Date(time), isGood: true, hasFailedProof: false });
    const two = [at('2026-06-01T21:30:00Z'), at('2026-06-01T22:30:00Z')];
    expect(keptOf(two, { daily: 2 }, 'UTC').size).toBe(1);
    expect(keptOf(two, { daily: 2 }, 'Europe/Berlin').size).toBe(2);
  });

  it('tells the two hours apart that a clock shows as one', () => {
    const at = (time: string) => ({ id: time, takenAt: new Date(time), isGood: true, hasFailedProof: false });
    const night = [at('2026-10-25T00:30:00Z'), at('2026-10-25T01:30:00Z')];
    expect(keptOf(night, { hourly: 2 }, 'Europe/Berlin').size).toBe(2);
  });

  it.each([{}, { daily: 0 }, { daily: -1 }, { daily: 1.5 }, { daily: '7' }, { yearly: 1 }])(
    'refuses %j',
    (keep) => {
      expect(keepSchema.safeParse(keep).success).toBe(false);
    },
  );
});
