import { randomUUID } from 'node:crypto';
import { affinityOf, placeOf, randomSeed } from './affinity.js';

const seeds = Array.from({ length: 10 }, randomSeed);
const keys = Array.from({ length: 2_000 }, randomUUID);
const firstChoice = (key: string, of: readonly number[]) =>
  of.reduce((best, seed) => (affinityOf(placeOf(key), seed) > affinityOf(placeOf(key), best) ? seed : best));

describe('affinityOf', () => {
  it('spreads tenants over the connections', () => {
    const shares = seeds.map((seed) => keys.filter((key) => firstChoice(key, seeds) === seed).length);
    // 200 each, with a standard deviation of 13.
    for (const share of shares) expect(Math.abs(share - 200)).toBeLessThan(110);
  });

  it('moves the tenants of a connection that is gone, and no others', () => {
    const [gone, ...left] = seeds;
    for (const key of keys) {
      const before = firstChoice(key, seeds);
      if (before !== gone) expect(firstChoice(key, left)).toBe(before);
    }
  });
});
