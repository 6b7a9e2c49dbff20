import type { CountedWindow, RateStore } from './rate-store.js';

const window = (key: string, limit: number, windowSeconds = 3_600): CountedWindow => ({
  key,
  limit,
  windowSeconds,
});

/** How many of many at once are let through. */
async function granted(stores: readonly RateStore[], windows: readonly CountedWindow[], times: number) {
  const all = stores.flatMap((store) => Array.from({ length: times }, () => store.take(windows)));
  const states = await Promise.all(all);
  return states.filter((some) => some.every(({ used, window: { limit } }) => used <= limit)).length;
}

/** What each store of rates does. @param instances - stores that count together. */
export function describeRateStore(name: string, instances: () => readonly RateStore[]): void {
  describe(`windows of ${name}`, () => {
    const key = (text: string) => `${name} ${text}`;

    it('let through exactly as many as they may, over all instances at once', async () => {
      expect(await granted(instances(), [window(key('one'), 50)], 60)).toBe(50);
      expect(await granted(instances(), [window(key('one'), 50)], 1)).toBe(0);
    });

    it('count one in each of several, or in none', async () => {
      const [store] = instances() as [RateStore];
      const [narrow, wide] = [window(key('narrow'), 2), window(key('wide'), 5)];
      expect(await granted([store], [wide, narrow], 2)).toBe(2);
      expect(await granted([store], [wide, narrow], 4)).toBe(0);
      expect(await granted([store], [wide], 5)).toBe(3);
    });

    it('show what is used and when it ends', async () => {
      const [store] = instances() as [RateStore];
      const counted = window(key('shown'), 2, 60);
      const used: number[] = [];
      for (let time = 0; time < 3; time += 1) {
        const [state] = await store.take([counted]);
        used.push(state?.used ?? 0);
        expect(state?.resetMs).toBeGreaterThan(0);
        expect(state?.resetMs).toBeLessThanOrEqual(60_000);
      }
      expect(used).toEqual([1, 2, 3]);
    });

    it('begin anew when they have ended', async () => {
      const [store] = instances() as [RateStore];
      const short = window(key('short'), 1, 1);
      const used = async () => (await store.take([short]))[0]?.used;
      expect(await used()).toBe(1);
      // On a busy machine it may have ended before it is asked again.
      while ((await used()) === 1);
      while ((await used()) !== 1);
    });

    it('answer a ping', async () => {
      for (const store of instances()) await expect(store.ping()).resolves.toBeUndefined();
    });
  });
}
