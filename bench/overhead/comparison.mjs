import { pairedRatios } from '../harness/rounds.mjs';
import { medianInterval, spread } from '../harness/statistics.mjs';
import { BASELINE, OBSERVED, UNOBSERVED } from './plan.mjs';

/** A median is known when its interval is within ± 2 %. */
const KNOWN_WITHIN = 0.02;

/**
 * One measure of a variant as a multiple of another's in the same round.
 *
 * @returns {{ min: number, median: number, max: number, interval: [number, number], inconclusive?: true } | null}
 */
export function ratioOf(measure, cells, peer) {
  const ratios = pairedRatios(cells, peer, measure);
  const found = spread(ratios);
  if (!found) return null;
  const [low, high] = medianInterval(ratios);
  const interval = [Number(low.toFixed(4)), Number(high.toFixed(4))];
  return { ...found, interval, ...(!isKnown(found.median, interval) && { inconclusive: true }) };
}

function isKnown(middle, [low, high]) {
  return high - middle <= KNOWN_WITHIN * middle && middle - low <= KNOWN_WITHIN * middle;
}

/** Whether the throughput of each variant is known, as a multiple of what it is compared with. */
export function isSettled(cells) {
  const own = (variant) => cells.get(variant);
  const pairs = [
    ...[...cells.keys()].filter((variant) => variant !== BASELINE).map((variant) => [variant, BASELINE]),
    ...UNOBSERVED.filter((peer) => cells.has(peer) && cells.has(OBSERVED)).map((peer) => [OBSERVED, peer]),
  ];
  return pairs.every(([variant, peer]) => {
    const ratio = ratioOf(({ throughput }) => throughput, own(variant), own(peer));
    return ratio !== null && !ratio.inconclusive;
  });
}
