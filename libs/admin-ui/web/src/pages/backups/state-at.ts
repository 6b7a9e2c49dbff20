import type { JournalStatus } from './journal.js';
import type { Backup } from './use-backups.js';

interface Sources {
  readonly journal: JournalStatus | undefined;
  /** Latest first. */
  readonly backups: readonly Backup[];
  readonly now: Date;
}

/** What a tenant at a moment can be made of. */
export type StateAt =
  | { readonly by: 'journal'; readonly at: Date }
  | { readonly by: 'backup'; readonly backup: Backup };

/** The journal, which has every moment since it began, or else the newest backup that is not later. */
export function stateAt(at: Date, { journal, backups, now }: Sources): StateAt | undefined {
  if (Number.isNaN(at.getTime()) || at > now) return undefined;
  if (journal?.isEnabled && journal.since && at >= new Date(journal.since)) return { by: 'journal', at };
  const backup = backups.find(({ state, takenAt }) => state === 'complete' && new Date(takenAt) <= at);
  return backup && { by: 'backup', backup };
}

/** The earliest moment that is known to have a state. */
export function earliestOf({ journal, backups }: Sources): Date | undefined {
  const moments = [
    ...(journal?.isEnabled && journal.since ? [journal.since] : []),
    ...backups.filter(({ state }) => state === 'complete').map(({ takenAt }) => takenAt),
  ].map((moment) => new Date(moment).getTime());
  return moments.length > 0 ? new Date(Math.min(...moments)) : undefined;
}

/** As an input of the type `datetime-local` has it: in the reader's zone, rounded up to a second. */
export function localInput(at: Date): string {
  const second = Math.ceil(at.getTime() / 1_000) * 1_000;
  const shifted = new Date(second - new Date(second).getTimezoneOffset() * 60_000);
  return shifted.toISOString().slice(0, 19);
}
