import { pauseAfter } from './hook-dispatcher-options.js';

describe('the pause after a failure', () => {
  it('doubles up to its limit', () => {
    const settings = { backoffMs: 1_000, maxBackoffMs: 300_000 };
    const pauses = [1, 2, 3, 9, 10, 5_000].map((attempts) => pauseAfter(attempts, settings));
    expect(pauses).toEqual([1_000, 2_000, 4_000, 256_000, 300_000, 300_000]);
  });
});
