import { createHash } from 'node:crypto';
import { Cron } from 'croner';

/** Whether it is a schedule of five fields, with a time that comes. */
export function isCron(text: string): boolean {
  try {
    return new Cron(text, { mode: '5-part' }).nextRun() !== null;
  } catch {
    return false;
  }
}

export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

export interface ScheduleOf {
  readonly cron: string;
  readonly timeZone: string;
  /** A task begins within so many milliseconds, at most half the interval. */
  readonly spreadMs: number;
}

/**
 * The first time of a schedule after a moment. Tasks are spread, so that not all begin at once; each always has the same place.
 *
 * @param task - its name decides its place.
 */
export function nextTime({ cron, timeZone, spreadMs }: ScheduleOf, task: string, after: Date): Date {
  const schedule = new Cron(cron, { timezone: timeZone, mode: '5-part' });
  const [first, second] = schedule.nextRuns(2, after) as [Date, Date | undefined];
  const gapMs = second ? second.getTime() - first.getTime() : Number.POSITIVE_INFINITY;
  const offsetMs = Math.floor(placeOf(task) * Math.min(spreadMs, gapMs / 2));
  const next = schedule.nextRun(new Date(after.getTime() - offsetMs)) ?? first;
  return new Date(next.getTime() + offsetMs);
}

/** From 0 to less than 1. */
function placeOf(task: string): number {
  return createHash('sha256').update(task).digest().readUInt32BE() / 2 ** 32;
}
