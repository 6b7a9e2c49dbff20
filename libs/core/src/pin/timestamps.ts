// Timestamps as the server writes them with DateStyle ISO: 2026-03-01 09:00:00.123456+01:30 (manual, 8.5.2 "Date/Time Output").

const [ZERO, NINE] = [0x30, 0x39];
const [PLUS, MINUS, DOT, COLON, SPACE] = [0x2b, 0x2d, 0x2e, 0x3a, 0x20];

const SECONDS_END = 'YYYY-MM-DD HH:MM:SS'.length;
/** Smaller numbers mean years of the 20th century to JavaScript. */
const FIRST_YEAR = 100;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const SECOND_MS = 1_000;

/** A `timestamp`, in the time zone of the process. @returns `undefined` for one that is written otherwise. */
export function readTimestamp(bytes: Buffer, from: number, to: number): Date | undefined {
  const end = endOfSeconds(bytes, from, to);
  return end === to ? new Date(momentOf(bytes, from, end, localTime)) : undefined;
}

/** A `timestamptz`. @returns `undefined` for one that is written otherwise. */
export function readTimestampWithZone(bytes: Buffer, from: number, to: number): Date | undefined {
  const end = endOfSeconds(bytes, from, to);
  const offset = offsetMs(bytes, end, to);
  return offset === undefined ? undefined : new Date(momentOf(bytes, from, end, Date.UTC) - offset);
}

type Clock = typeof Date.UTC;

const localTime: Clock = (year, month = 0, ...rest) => new Date(year, month, ...rest).getTime();

/** @param clock - says which moment year, month, day and time are. */
function momentOf(bytes: Buffer, from: number, end: number, clock: Clock): number {
  return clock(
    digits(bytes, from, 4),
    digits(bytes, from + 5, 2) - 1,
    digits(bytes, from + 8, 2),
    digits(bytes, from + 11, 2),
    digits(bytes, from + 14, 2),
    digits(bytes, from + 17, 2),
    milliseconds(bytes, from + SECONDS_END, end),
  );
}

/** Where the seconds end, with their fraction; 0 for what is no such timestamp. */
function endOfSeconds(bytes: Buffer, from: number, to: number): number {
  const isIso =
    to - from >= SECONDS_END &&
    bytes[from + 4] === MINUS &&
    bytes[from + 7] === MINUS &&
    bytes[from + 10] === SPACE &&
    bytes[from + 13] === COLON &&
    bytes[from + 16] === COLON &&
    digits(bytes, from, 4) >= FIRST_YEAR;
  if (!isIso) return 0;
  let end = from + SECONDS_END;
  if (bytes[end] !== DOT || end === to) return end;
  do end += 1;
  while (end < to && isDigit(bytes[end] as number));
  return end;
}

/** Of an offset at the end: +00, -05, +05:30, -00:01:15. */
function offsetMs(bytes: Buffer, at: number, to: number): number | undefined {
  const sign = bytes[at];
  const length = to - at;
  if ((sign !== PLUS && sign !== MINUS) || (length !== 3 && length !== 6 && length !== 9)) return undefined;
  if ((length > 3 && bytes[at + 3] !== COLON) || (length > 6 && bytes[at + 6] !== COLON)) return undefined;
  let ms = digits(bytes, at + 1, 2) * HOUR_MS;
  if (length > 3) ms += digits(bytes, at + 4, 2) * MINUTE_MS;
  if (length > 6) ms += digits(bytes, at + 7, 2) * SECOND_MS;
  return sign === MINUS ? -ms : ms;
}

/** Of a fraction with its point. */
function milliseconds(bytes: Buffer, from: number, to: number): number {
  let ms = 0;
  for (let at = from + 1; at <= from + 3; at += 1)
    ms = ms * 10 + (at < to ? (bytes[at] as number) - ZERO : 0);
  return ms;
}

function digits(bytes: Buffer, from: number, count: number): number {
  let value = 0;
  for (let at = from; at < from + count; at += 1) value = value * 10 + (bytes[at] as number) - ZERO;
  return value;
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= NINE;
}
