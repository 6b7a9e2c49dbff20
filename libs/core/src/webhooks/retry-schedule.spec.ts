import { jest } from '@jest/globals';
import { pauseAfter } from './retry-schedule.js';

const HOUR_MS = 3_600_000;

describe('the pauses between attempts', () => {
  it('grow, and come to about a day', () => {
    let [total, last, attempts] = [0, 0, 1];
    for (let pause = pauseAfter(1); pause !== undefined; pause = pauseAfter(++attempts)) {
      expect(pause * 1.2).toBeGreaterThan(last);
      last = pause;
      total += pause;
    }
    expect(attempts).toBe(11);
    expect(total).toBeGreaterThan(23 * HOUR_MS);
    expect(total).toBeLessThan(29 * HOUR_MS);
    expect(pauseAfter(12)).toBeUndefined();
  });

  it('differ, and by a fifth at most', () => {
    const random = jest.spyOn(Math, 'random');
    random.mockReturnValue(0);
    expect(pauseAfter(1)).toBe(5_000);
    random.mockReturnValue(0.999_999);
    expect(pauseAfter(1)).toBeCloseTo(6_000, -1);
    random.mockRestore();
  });

  it('are as long as the receiver asks for, up to 8 hours, and never shorter', () => {
    expect(pauseAfter(1, '120')).toBe(120_000);
    expect(pauseAfter(1, '999999999')).toBe(8 * HOUR_MS);
    expect(pauseAfter(1, new Date(Date.now() + HOUR_MS).toUTCString())).toBeGreaterThan(HOUR_MS - 5_000);
    expect(pauseAfter(9, '1')).toBeGreaterThanOrEqual(8 * HOUR_MS);
    for (const nonsense of ['', '-5', 'soon', '1e9', '99999999999', 'Thu, 01 Jan 1970 00:00:00 GMT'])
      expect(pauseAfter(1, nonsense)).toBeLessThanOrEqual(6_000);
    expect(pauseAfter(11, '60')).toBeUndefined();
  });
});
