/** @typedef {{ min: number, median: number, max: number }} Spread */

/** @param {readonly number[]} values */
export function median(values) {
  if (values.length === 0) return Number.NaN;
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The smallest value that at least this share of all values does not exceed (nearest rank). */
export function percentile(values, share) {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
}

/**
 * Smallest, middle and largest of the values that are numbers; `null` when there is none.
 *
 * @param {readonly number[]} values
 * @returns {Spread | null}
 */
export function spread(values, digits = 4) {
  const numbers = values.filter(Number.isFinite);
  if (numbers.length === 0) return null;
  const round = (value) => Number(value.toFixed(digits));
  return {
    min: round(Math.min(...numbers)),
    median: round(median(numbers)),
    max: round(Math.max(...numbers)),
  };
}

const RESAMPLES = 1_000;

/**
 * Where the median lies with 95 % confidence: the middle 95 % of the medians of samples drawn from these values, with
 * replacement (percentile bootstrap; Efron and Tibshirani, An Introduction to the Bootstrap, 13.3).
 *
 * @param {readonly number[]} values
 * @returns {[low: number, high: number] | null} `null` without values that are numbers.
 */
export function medianInterval(values) {
  const numbers = values.filter(Number.isFinite);
  if (numbers.length === 0) return null;
  const random = randomFrom(numbers.length);
  const sample = new Float64Array(numbers.length);
  const medians = Array.from({ length: RESAMPLES }, () =>
    median(sample.map(() => numbers[Math.floor(random() * numbers.length)])),
  );
  return [percentile(medians, 0.025), percentile(medians, 0.975)];
}

/** A small generator with a seed (mulberry32): every contender of a round meets the same sequence. */
export function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}
