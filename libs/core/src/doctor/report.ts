export type CheckStatus = 'pass' | 'warn' | 'fail';

/** What one check found. */
export interface CheckReport {
  /** Stable: `group.subject`. */
  readonly id: string;
  readonly status: CheckStatus;
  /** What was found, for a person. It names at most ten offenders, and says how many there are. */
  readonly detail: string;
  /** What to do about it: a command or SQL where there is one. Empty when the check passed. */
  readonly remedy: string;
}

/** In the order in which the checks ran. Checks that do not apply to the deployment are left out. */
export interface DoctorReport {
  readonly checks: readonly CheckReport[];
}

/** What a check returns: its report, without its id. */
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

/** Makes missing roles and grants, and revokes grants that should not be there. */
export const REPAIR_COMMAND = 'rowhouse grants repair --all';

const NAMED_AT_MOST = 10;

/** `3: a, b, c`, or the first ten and how many more there are. */
export function listing(names: readonly string[]): string {
  const rest = names.length - NAMED_AT_MOST;
  return `${names.length}: ${names.slice(0, NAMED_AT_MOST).join(', ')}${rest > 0 ? `, and ${rest} more` : ''}`;
}

/** The same for statements to copy, one per line. */
export function statements(lines: readonly string[]): string {
  const distinct = [...new Set(lines)];
  const rest = distinct.length - NAMED_AT_MOST;
  return [...distinct.slice(0, NAMED_AT_MOST), ...(rest > 0 ? [`-- and ${rest} more like these`] : [])].join(
    '\n',
  );
}

/** How a list of offenders is reported; an empty list is a pass. */
export interface Judgement {
  readonly status: 'warn' | 'fail';
  /** The detail of a pass. */
  readonly none: string;
  /** The detail otherwise, before the number and the names. */
  readonly some: string;
  /** The same of a single offender. Default: `some`, where it says nothing of how many there are. */
  readonly one?: string;
  readonly remedy: string;
}

export function judge(
  offenders: readonly string[],
  { status, none, some, one = some, remedy }: Judgement,
): Finding {
  if (offenders.length === 0) return pass(none);
  return { status, detail: `${offenders.length === 1 ? one : some} (${listing(offenders)})`, remedy };
}

/** What a check found in the database of a placement. */
export interface FindingAt {
  readonly placement: string;
  readonly finding: Finding;
}

/** What a check found in the main database and elsewhere, as one. What was found already, on the same server, is not repeated. */
export function combined(main: Finding, elsewhere: readonly FindingAt[]): Finding {
  const isNew = ({ finding }: FindingAt) => finding.status !== 'pass' && finding.detail !== main.detail;
  const found = elsewhere.filter(isNew);
  if (found.length === 0) return main;
  const details = found.map(({ placement, finding }) => `on the placement ${placement}: ${finding.detail}`);
  const remedies = found.map(({ placement, finding: { remedy } }) =>
    remedy === REPAIR_COMMAND ? remedy : `-- on the placement ${placement}:\n${remedy}`,
  );
  const ofMain = main.status === 'pass' ? [] : [main];
  return {
    status: [...ofMain, ...found.map(({ finding }) => finding)].some(({ status }) => status === 'fail')
      ? 'fail'
      : 'warn',
    detail: capitalized([...ofMain.map(({ detail }) => detail), ...details].join('; ')),
    remedy: [...new Set([...ofMain.map(({ remedy }) => remedy), ...remedies])].join('\n'),
  };
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** An error in one line, with its code from PostgreSQL or Node.js. */
export function explain(error: unknown): string {
  const { message, code } = error as { message?: unknown; code?: unknown };
  const text = typeof message === 'string' && message !== '' ? message : String(code ?? error);
  return typeof code === 'string' && !text.includes(code) ? `${text} (${code})` : text;
}
