import { z } from 'zod';

export const RESOLUTIONS = ['minute', 'hour'] as const;

export interface SeriesQuery {
  readonly resolution: (typeof RESOLUTIONS)[number];
  /** Default: 24 hours before `to`, or 30 days for hours. */
  readonly from?: Date | undefined;
  /** Not part of the series. Default: now, with the minute or hour that is not over. */
  readonly to?: Date | undefined;
}

const MINUTE_MS = 60_000;
const UNITS = {
  minute: { ms: MINUTE_MS, kept: 24 * 60 },
  hour: { ms: 60 * MINUTE_MS, kept: 30 * 24 },
} as const;

/** Whether a series begins before it ends. */
export function isForward({ from, to }: Pick<SeriesQuery, 'from' | 'to'>): boolean {
  return !from || !to || from < to;
}

export const FORWARD = { path: ['from'], message: 'expected a time before `to`' };

export const seriesQuerySchema = z
  .strictObject({ resolution: z.enum(RESOLUTIONS), from: z.date().optional(), to: z.date().optional() })
  .refine(isForward, FORWARD);

/** When each minute or hour of a series began; at most as many as are kept, the latest. */
export function timesOf({ resolution, from, to }: SeriesQuery, now: number): Date[] {
  const { ms, kept } = UNITS[resolution];
  const end = Math.ceil((to?.getTime() ?? now + 1) / ms);
  const begin = Math.max(Math.floor((from?.getTime() ?? 0) / ms), end - kept);
  return Array.from({ length: Math.max(0, end - begin) }, (_, index) => new Date((begin + index) * ms));
}
