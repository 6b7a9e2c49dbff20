import { jest } from '@jest/globals';
import { MemoryRateStore } from './memory-rate-store.js';
import type { CountedWindow, RateStore } from './rate-store.js';
import { type RatesAway, SharedRateStore } from './shared-rate-store.js';

const window: CountedWindow = { key: 'acme requests', limit: 3, windowSeconds: 60 };
const other: CountedWindow = { key: 'globex requests', limit: 3, windowSeconds: 60 };

function setUp() {
  const counting = new MemoryRateStore();
  const take = jest.fn(async <Window extends CountedWindow>(windows: readonly Window[]) =>
    counting.take(windows),
  );
  const ping = jest.fn<RateStore['ping']>(async () => {});
  const heard: (RatesAway | undefined)[] = [];
  let now = 0;
  const store = new SharedRateStore({
    shared: { kind: 'redis', take: take as RateStore['take'], ping },
    own: new MemoryRateStore(),
    onChange: (away) => heard.push(away),
    now: () => now,
  });
  const used = async (windows = [window]) => (await store.take(windows)).map((state) => state.used);
  return { store, take, ping, heard, used, pass: (ms: number) => (now += ms) };
}

describe('a store of rates that instances share', () => {
  it('is asked about a window that has refused once a second at most', async () => {
    const { take, used, pass } = setUp();
    for (let time = 0; time < 4; time += 1) await used();
    expect(take).toHaveBeenCalledTimes(4);
    for (let time = 0; time < 50; time += 1) expect(await used()).toEqual([4]);
    expect(take).toHaveBeenCalledTimes(4);
    expect(await used([other])).toEqual([1]);
    expect(await used([other, window])).toEqual([4]);
    expect(take).toHaveBeenCalledTimes(5);
    pass(1_000);
    await used();
    expect(take).toHaveBeenCalledTimes(6);
  });

  it('is left alone while it is away, requests are counted here, and one of them tries it again', async () => {
    const { store, take, heard, used, pass } = setUp();
    const lost = new Error('ECONNREFUSED');
    take.mockRejectedValueOnce(lost);
    expect(await used()).toEqual([1]);
    expect(store.away).toMatchObject({ error: lost });
    expect([await used(), await used(), await used()]).toEqual([[2], [3], [4]]);
    expect(take).toHaveBeenCalledTimes(1);
    pass(2_000);
    take.mockRejectedValueOnce(lost);
    await Promise.all([used(), used(), used()]);
    expect(take).toHaveBeenCalledTimes(2);
    pass(2_000);
    expect(await used([other])).toEqual([1]);
    expect(store.away).toBeUndefined();
    expect(heard).toEqual([{ error: lost, since: expect.any(Date) }, undefined]);
  });

  it('does not hold up requests when it answers nothing', async () => {
    const { store, take, used } = setUp();
    take.mockReturnValue(new Promise(() => {}));
    expect(await Promise.all([used(), used()])).toEqual([[1], [2]]);
    expect(store.away?.error).toMatchObject({ message: expect.stringContaining('500 ms') });
    expect(await used()).toEqual([3]);
    expect(take).toHaveBeenCalledTimes(2);
  });

  it('is known to be back, or away, by a ping', async () => {
    const { store, ping, take } = setUp();
    ping.mockRejectedValueOnce(new Error('away'));
    await expect(store.ping()).rejects.toThrow('away');
    expect(store.away).toBeDefined();
    await store.ping();
    expect(store.away).toBeUndefined();
    expect(take).not.toHaveBeenCalled();
  });
});
