/**
 * The buckets of a latency histogram: four to each doubling, so that the middle of a bucket is within 9 % of everything in it.
 * The first one has all up to a quarter of a millisecond, the last one all from four minutes on.
 */
const PER_DOUBLING = 4;
/** log2 of milliseconds. */
const FIRST_DOUBLING = -2;
const LAST_DOUBLING = 18;

/** The value whose relative distance from both ends of a bucket is the same, as a part of its upper end. */
const MIDDLE = 2 / (1 + 2 ** (1 / PER_DOUBLING));

export const BUCKETS = (LAST_DOUBLING - FIRST_DOUBLING) * PER_DOUBLING + 1;

/** The bucket of a latency. Bucket _n_ reaches up to {@link upperBoundMs}. */
export function bucketOf(ms: number): number {
  const bucket = Math.ceil((Math.log2(ms) - FIRST_DOUBLING) * PER_DOUBLING);
  return bucket > 0 ? Math.min(bucket, BUCKETS - 1) : 0;
}

/** The longest latency in a bucket but the last, in milliseconds. */
export function upperBoundMs(bucket: number): number {
  return 2 ** (FIRST_DOUBLING + bucket / PER_DOUBLING);
}

/**
 * The latency that a share of all requests does not exceed, in milliseconds, within 9 %.
 *
 * @param counts - by bucket; those left out at the end are zero.
 * @param share - 0.95 for the 95th percentile.
 * @returns `undefined` where nothing was counted.
 */
export function quantileMs(counts: readonly number[], share: number): number | undefined {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total === 0) return undefined;
  const rank = Math.max(1, Math.ceil(share * total));
  let seen = 0;
  const bucket = counts.findIndex((count) => {
    seen += count;
    return seen >= rank;
  });
  return upperBoundMs(bucket) * MIDDLE;
}
