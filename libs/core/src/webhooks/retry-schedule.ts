const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

/** The pauses between attempts: 11 attempts, the last about a day after the first. */
const PAUSES_MS = [
  5 * SECOND_MS,
  30 * SECOND_MS,
  2 * MINUTE_MS,
  10 * MINUTE_MS,
  30 * MINUTE_MS,
  HOUR_MS,
  2 * HOUR_MS,
  4 * HOUR_MS,
  8 * HOUR_MS,
  8 * HOUR_MS,
];
/** No receiver can ask for a longer one. */
const MAX_PAUSE_MS = 8 * HOUR_MS;
/** Each is longer by up to this part, so that what failed at once does not come back at once. */
const JITTER = 0.2;

/**
 * How long to wait after an attempt that failed, in milliseconds.
 *
 * @param attempt - from 1.
 * @param retryAfter - the header of the answer (RFC 9110, section 10.2.3); it makes the pause longer, never shorter.
 * @returns `undefined` when that was the last one.
 */
export function pauseAfter(attempt: number, retryAfter?: string): number | undefined {
  const pause = PAUSES_MS[attempt - 1];
  if (pause === undefined) return undefined;
  return Math.max(pause * (1 + JITTER * Math.random()), Math.min(msOf(retryAfter), MAX_PAUSE_MS));
}

function msOf(retryAfter: string | undefined): number {
  if (retryAfter === undefined) return 0;
  if (/^\d{1,9}$/.test(retryAfter)) return Number(retryAfter) * SECOND_MS;
  const at = Date.parse(retryAfter);
  return Number.isNaN(at) ? 0 : at - Date.now();
}
