import { InvalidArgumentError } from 'commander';

/** `a,b` */
export function list(text: string): string[] {
  return text.split(',').map((name) => name.trim());
}

/** `20` */
export function count(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('Expected a whole number, at least 1.');
  return Number(text);
}

/** Like {@link count}, and `0`. */
export function countOrZero(text: string): number {
  return text === '0' ? 0 : count(text);
}

/** The number of a TCP port; 0 for any that is free. */
export function port(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535)
    throw new InvalidArgumentError('Expected a port, 0 to 65535.');
  return Number(text);
}

/** `5%` or `5`, from 0 to 100. */
export function percent(text: string): number {
  const number = /^(\d+(?:\.\d+)?)\s*%?$/.exec(text)?.[1];
  if (number === undefined || Number(number) > 100)
    throw new InvalidArgumentError('Expected a percentage: 5%.');
  return Number(number);
}

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, min: 60_000 };

/** `500ms`, `2s`, `1min`; in milliseconds. */
export function durationMs(text: string): number {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)\s*(ms|s|min)$/.exec(text) ?? [];
  const factor = UNITS_MS[unit];
  if (factor === undefined)
    throw new InvalidArgumentError('Expected a duration with its unit: 500ms, 2s, 1min.');
  return Math.round(Number(number) * factor);
}

const LONG_UNITS_MS: Readonly<Record<string, number>> = { min: 60_000, h: 3_600_000, d: 86_400_000 };

/** `30min`, `12h`, `7d`; in milliseconds. */
export function longDurationMs(text: string): number {
  const [, number, unit = ''] = /^([1-9]\d{0,5})\s*(min|h|d)$/.exec(text) ?? [];
  const factor = LONG_UNITS_MS[unit];
  if (factor === undefined)
    throw new InvalidArgumentError('Expected a duration with its unit: 30min, 12h, 7d.');
  return Number(number) * factor;
}

const DATE = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d))?$/;

/** `2026-01-31`, which begins in UTC, or `2026-01-31T12:00:00Z`. */
export function moment(text: string): Date {
  const date = new Date(text);
  // A day that the month does not have is read as one of the next.
  const day = new Date(text.slice(0, 10)).getUTCDate();
  if (!DATE.test(text) || Number.isNaN(date.getTime()) || day !== Number(text.slice(8, 10)))
    throw new InvalidArgumentError('Expected a time: 2026-01-31, 2026-01-31T12:00:00Z.');
  return date;
}

/** As {@link moment}, and `14:30` or `14:30:15`: the last time it was so, in UTC. Not what has not come yet. */
export function pastMoment(text: string): Date {
  const now = new Date();
  if (/^\d\d:\d\d(:\d\d)?$/.test(text)) {
    const today = moment(`${now.toISOString().slice(0, 10)}T${text}Z`);
    if (today > now) today.setUTCDate(today.getUTCDate() - 1);
    return today;
  }
  const date = moment(text);
  if (date > now) throw new InvalidArgumentError(`${date.toISOString()} has not come yet.`);
  return date;
}

/** A JSON object. */
export function jsonObject(text: string): Record<string, unknown> {
  const value = parsed(text);
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw new InvalidArgumentError('Expected a JSON object: \'{"region":"eu"}\'.');
}

/** A JSON number, boolean, null or quoted string; any other text is a string. */
export function scalar(text: string): string | number | boolean | null {
  const value = parsed(text);
  if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) {
    return value as string | number | boolean | null;
  }
  return text;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A size of a page. */
export function upTo1000(text: string): number {
  return Math.min(count(text), 1_000);
}
