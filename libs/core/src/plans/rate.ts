import { z } from 'zod';

const SECONDS = { second: 1, minute: 60, hour: 3_600, day: 86_400 } as const;

/** How often something may be done: `100/minute`, as many as that in each minute; or `unlimited`. */
export type Rate = `${number}/${keyof typeof SECONDS}` | 'unlimited';

const RATE = /^(?:unlimited|([1-9]\d{0,8})\/(second|minute|hour|day))$/;

export const rateSchema = z
  .string()
  .regex(RATE, "expected a rate such as '100/minute' (second, minute, hour, day), or 'unlimited'")
  .transform((rate) => rate as Rate);

/** A rate in numbers. */
export interface RateWindow {
  /** Times in each window; `Infinity` for no limit. */
  readonly limit: number;
  readonly windowSeconds: number;
}

/** How much of a rate is left. */
export interface RateState extends RateWindow {
  readonly remaining: number;
  /** Seconds until the window ends. */
  readonly resetSeconds: number;
}

/** @throws {TypeError} for what is no rate. */
export function rateWindow(rate: Rate): RateWindow {
  if (rate === 'unlimited') return { limit: Number.POSITIVE_INFINITY, windowSeconds: 1 };
  const [, limit, unit] = RATE.exec(rate) ?? [];
  if (!unit) throw new TypeError(`Expected a rate such as '100/minute', not ${JSON.stringify(rate)}.`);
  return { limit: Number(limit), windowSeconds: SECONDS[unit as keyof typeof SECONDS] };
}

/** The lowest of some rates. */
export function lowestRate(rates: readonly Rate[]): Rate {
  const perSecond = (rate: Rate) => {
    const { limit, windowSeconds } = rateWindow(rate);
    return limit / windowSeconds;
  };
  return rates.reduce((lowest, rate) => (perSecond(rate) < perSecond(lowest) ? rate : lowest), 'unlimited');
}
