import { MemoryRateStore } from './memory-rate-store.js';
import type { CountedWindow } from './rate-store.js';

const window = (key: string, limit = 2, windowSeconds = 60): CountedWindow => ({ key, limit, windowSeconds });

function setUp(mostWindows?: number) {
  let now = 0;
  const store = new MemoryRateStore({
    now: () => now,
    ...(mostWindows === undefined ? {} : { mostWindows }),
  });
  const taken = (...windows: CountedWindow[]) =>
    store.take(windows).map(({ used, resetMs }) => [used, resetMs]);
  return { store, taken, pass: (ms: number) => (now += ms) };
}

describe('windows of this process', () => {
  it('begin with the first that counts, and end a window later', () => {
    const { taken, pass } = setUp();
    expect(taken(window('acme'))).toEqual([[1, 60_000]]);
    pass(59_999);
    expect(taken(window('acme'))).toEqual([[2, 1]]);
    expect(taken(window('acme'))).toEqual([[3, 1]]);
    pass(1);
    expect(taken(window('acme'))).toEqual([[1, 60_000]]);
  });

  it('do not count, and do not begin, where another refuses', () => {
    const { store, taken, pass } = setUp();
    taken(window('nora', 1));
    pass(10_000);
    expect(taken(window('acme', 5), window('nora', 1), window('all', 5))).toEqual([
      [0, 60_000],
      [2, 50_000],
    ]);
    expect(store.size).toBe(1);
    pass(1_000);
    expect(taken(window('acme', 5))).toEqual([[1, 60_000]]);
  });

  it('that have ended are removed as others begin, and no others are', () => {
    const { store, taken, pass } = setUp();
    taken(window('acme', 2, 3_600));
    for (let n = 0; n < 1_000; n += 1) taken(window(`address ${n}`, 2, 1));
    expect(store.size).toBe(1_001);
    pass(1_000);
    for (let n = 0; n < 1_000; n += 1) taken(window(`other address ${n}`, 2, 1));
    expect(store.size).toBeLessThanOrEqual(1_002);
    expect(taken(window('acme', 2, 3_600))).toEqual([[2, 3_599_000]]);
  });

  it('are so many at most', () => {
    const { store, taken } = setUp(100);
    for (let n = 0; n < 1_000; n += 1) taken(window(`address ${n}`));
    expect(store.size).toBeLessThanOrEqual(100);
  });
});
