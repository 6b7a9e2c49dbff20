import { z } from 'zod';

const count = z.int().min(0).max(10_000);

export const keepSchema = z
  .strictObject({
    hourly: count.default(0),
    daily: count.default(0),
    weekly: count.default(0),
    monthly: count.default(0),
  })
  .refine((keep) => Object.values(keep).some((number) => number > 0), 'expected to keep at least one backup');

/** How many backups are kept: the latest of each of the last so many hours, days, weeks and months that have one. */
export type Keep = z.input<typeof keepSchema>;

type Period = keyof z.output<typeof keepSchema>;

/** What retention looks at. */
export interface Keepable {
  readonly id: string;
  readonly takenAt: Date;
  /** Its file is whole, as far as is known. */
  readonly isGood: boolean;
  /** A test restore of it failed, which may be for another reason than the backup. */
  readonly hasFailedProof: boolean;
}

/**
 * The ids of the good backups of one tenant that are kept. The latest is always among them, and the latest
 * that no test restore has failed with. Keeping after each backup and keeping once at
 * the end come to the same.
 *
 * @param timeZone - IANA name; hours, days, weeks (from Monday) and months are those of its calendar.
 */
export function keptOf(backups: readonly Keepable[], keep: Keep, timeZone: string): ReadonlySet<string> {
  const good = backups.filter(({ isGood }) => isGood).sort(latestFirst);
  const last = [good[0], good.find(({ hasFailedProof }) => !hasFailedProof)];
  const kept = new Set(last.flatMap((one) => one?.id ?? []));
  const calendar = new Calendar(timeZone);
  for (const [period, wanted] of Object.entries(keepSchema.parse(keep)) as [Period, number][]) {
    const seen = new Set<string>();
    for (const { id, takenAt } of good) {
      if (seen.size === wanted) break;
      const name = calendar.nameOf(period, takenAt);
      if (seen.has(name)) continue;
      seen.add(name);
      kept.add(id);
    }
  }
  return kept;
}

function latestFirst(a: Keepable, b: Keepable): number {
  return b.takenAt.getTime() - a.takenAt.getTime() || (a.id < b.id ? 1 : -1);
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Names the periods that a moment is in. */
class Calendar {
  readonly #format: Intl.DateTimeFormat;

  constructor(timeZone: string) {
    this.#format = new Intl.DateTimeFormat('en-CA', {
      timeZone,
      calendar: 'gregory',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
    });
  }

  nameOf(period: Period, moment: Date): string {
    // Every hour by itself: a local hour may come twice in a night.
    if (period === 'hourly') return String(Math.floor(moment.getTime() / HOUR_MS));
    const day = this.#format.format(moment);
    if (period === 'daily') return day;
    if (period === 'monthly') return day.slice(0, 7);
    const midnight = new Date(`${day}T00:00:00Z`);
    const sinceMonday = (midnight.getUTCDay() + 6) % 7;
    return new Date(midnight.getTime() - sinceMonday * DAY_MS).toISOString();
  }
}
