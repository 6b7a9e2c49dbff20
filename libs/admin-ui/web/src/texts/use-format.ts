import { type Language, useLanguage } from './texts.js';

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

type Format = ReturnType<typeof formatFor>;

/** A browser takes long to make formats, and a table asks for them in each of its cells. */
const made = new Map<Language, Format>();

/** Numbers and times as the reader writes them. The region is the browser's where it fits the language. */
export function useFormat(): Format {
  const language = useLanguage();
  const format = made.get(language) ?? formatFor(language);
  made.set(language, format);
  return format;
}

function formatFor(language: Language) {
  const locale = navigator.languages.find((tag) => tag.startsWith(language)) ?? language;
  const number = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
  const time = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' });
  const clock = new Intl.DateTimeFormat(locale, { timeStyle: 'short' });
  const exact = new Intl.NumberFormat(locale, { maximumFractionDigits: 6 });
  const day = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', timeZone: 'UTC' });
  const month = new Intl.DateTimeFormat(locale, { month: 'long', year: 'numeric', timeZone: 'UTC' });
  const percent = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 });
  const inUnits = new Map<string, Intl.NumberFormat>();
  const inUnit = (value: number, unit: string) => {
    const style = { style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits: 1 } as const;
    const format = inUnits.get(unit) ?? new Intl.NumberFormat(locale, style);
    inUnits.set(unit, format);
    return format.format(value);
  };
  return {
    number: (value: number) => number.format(value),
    /** A decimal number, with all its digits. */
    exact: (decimal: string) => exact.format(decimal as `${number}`),
    /** Of UTC, as bills are. */
    day: (at: number) => day.format(at),
    /** @param text - `2026-10` */
    month: (text: string) => month.format(new Date(`${text}-01T00:00:00Z`)),
    percent: (value: number) => percent.format(value),
    time: (at: string | number) => time.format(new Date(at)),
    clock: (at: number) => clock.format(at),
    bytes: (value: number) => {
      const step = value < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log10(value) / 3));
      return inUnit(value / 1000 ** step, UNITS[step] ?? 'byte');
    },
    duration: (ms: number) => {
      if (ms < 1_000) return inUnit(ms, 'millisecond');
      return ms < 60_000 ? inUnit(ms / 1_000, 'second') : inUnit(ms / 60_000, 'minute');
    },
  };
}
