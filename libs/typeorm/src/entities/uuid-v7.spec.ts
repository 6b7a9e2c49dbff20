import { jest } from '@jest/globals';
import { uuidV7 } from './uuid-v7.js';

describe('uuidV7', () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('makes UUIDs of version 7 and variant 10, with the time in front', () => {
    const before = Date.now();
    const id = uuidV7();
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    const time = Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);
    expect(time).toBeGreaterThanOrEqual(before);
  });

  it('makes each greater than those before, also many in a millisecond and while the clock is set back', () => {
    const now = Date.now() + 1_000;
    const clock = jest.spyOn(Date, 'now').mockReturnValue(now);
    const ids = Array.from({ length: 10_000 }, uuidV7);
    clock.mockReturnValue(now - 60_000);
    ids.push(...Array.from({ length: 10_000 }, uuidV7));
    expect(ids).toEqual([...new Set(ids)].sort());
  });

  it('repeats no random part', () => {
    const ends = Array.from({ length: 1_000 }, () => uuidV7().slice(19));
    expect(new Set(ends).size).toBe(1_000);
  });
});
