export type CheckStatus = 'pass' | 'warn' | 'fail';

/** What one check found. */
export interface CheckReport {
  /** Stable: `group.subject`. */
  readonly id: string;
  readonly status: CheckStatus;
  /** What was found, for a person; it names ten offenders at most, and says how many there are. */
  readonly detail: string;
  /** What to do about it: a command or SQL where there is one. Empty when the check passed. */
  readonly remedy: string;
}

/** In the order the checks ran. A check that has nothing to examine in this deployment is left out. */
export interface DoctorReport {
  readonly checks: readonly CheckReport[];
}

/** A check's report before it has its name. */
export type Finding = Omit<CheckReport, 'id'>;

export function pass(detail: string): Finding {
  return { status: 'pass', detail, remedy: '' };
}

export function warn(detail: string, remedy: string): Finding {
  return { status: 'warn', detail, remedy };
}

export function fail(detail: string, remedy: string): Finding {
  return { status: 'fail', detail, remedy };
}

const NAMED_AT_MOST = 10;

/** `3: a, b, c`, or the first ten and how many more there are. */
export function listing(names: readonly string[]): string {
  const rest = names.length - NAMED_AT_MOST;
  return `${names.length}: ${names.slice(0, NAMED_AT_MOST).join(', ')}${rest > 0 ? `, and ${rest} more` : ''}`;
}

/** The same for statements to be copied, one per line. */
export function statements(lines: readonly string[]): string {
  const distinct = [...new Set(lines)];
  const rest = distinct.length - NAMED_AT_MOST;
  return [...distinct.slice(0, NAMED_AT_MOST), ...(rest > 0 ? [`-- and ${rest} more like these`] : [])].join(
    '\n',
  );
}

/** What a list of offenders means for a check; an empty one is a pass. */
export interface Judgement {
  readonly status: 'warn' | 'fail';
  /** The detail of a pass. */
  readonly none: string;
  /** The detail otherwise, before the number and the names. */
  readonly some: string;
  readonly remedy: string;
}

export function judge(offenders: readonly string[], { status, none, some, remedy }: Judgement): Finding {
  if (offenders.length === 0) return pass(none);
  return { status, detail: `${some} (${listing(offenders)})`, remedy };
}

/** An error in a line, with the code that PostgreSQL or Node.js gave it. */
export function explain(error: unknown): string {
  const { message, code } = error as { message?: unknown; code?: unknown };
  const text = typeof message === 'string' && message !== '' ? message : String(code ?? error);
  return typeof code === 'string' && !text.includes(code) ? `${text} (${code})` : text;
}
