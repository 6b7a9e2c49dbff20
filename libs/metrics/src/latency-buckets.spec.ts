import fc from 'fast-check';
import { BUCKETS, bucketOf, quantileMs, upperBoundMs } from './latency-buckets.js';

const counted = (latencies: readonly number[]) => {
  const counts = new Array<number>(BUCKETS).fill(0);
  for (const ms of latencies) counts[bucketOf(ms)] = (counts[bucketOf(ms)] ?? 0) + 1;
  return counts;
};

describe('buckets of latencies', () => {
  it('have quantiles within 9 %', () => {
    const latency = fc.double({ min: 0.2501, max: 200_000, noNaN: true });
    fc.assert(
      fc.property(
        fc.array(latency, { minLength: 1 }),
        fc.constantFrom(0.5, 0.95, 0.99),
        (latencies, share) => {
          const sorted = [...latencies].sort((a, b) => a - b);
          const exact = sorted[Math.ceil(share * sorted.length) - 1] as number;
          const estimate = quantileMs(counted(latencies), share) as number;
          expect(Math.abs(estimate - exact) / exact).toBeLessThan(0.09);
        },
      ),
    );
  });

  it('hold every latency up to their bound, and none of the bucket below', () => {
    for (let bucket = 1; bucket < BUCKETS - 1; bucket += 1) {
      expect(bucketOf(upperBoundMs(bucket) * 0.9999)).toBe(bucket);
      expect(bucketOf(upperBoundMs(bucket) * 1.0001)).toBe(bucket + 1);
    }
    expect([0, 0.1, 1e9, Number.POSITIVE_INFINITY].map(bucketOf)).toEqual([0, 0, BUCKETS - 1, BUCKETS - 1]);
  });

  it('have no quantile of nothing', () => {
    expect(quantileMs([], 0.5)).toBeUndefined();
    expect(quantileMs([0, 0], 0.5)).toBeUndefined();
  });
});
