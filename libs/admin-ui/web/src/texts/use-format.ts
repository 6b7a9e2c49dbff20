import { useMemo } from 'react';
import { useLanguage } from './texts.js';

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

/** Numbers and times as the reader writes them. The region is the browser's where it fits the language. */
export function useFormat() {
  const language = useLanguage();
  return useMemo(() => {
    const locale = navigator.languages.find((tag) => tag.startsWith(language)) ?? language;
    const number = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
    const time = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' });
    const clock = new Intl.DateTimeFormat(locale, { timeStyle: 'short' });
    const exact = new Intl.NumberFormat(locale, { maximumFractionDigits: 6 });
    const day = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', timeZone: 'UTC' });
    const month = new Intl.DateTimeFormat(locale, { month: 'long', year: 'numeric', timeZone: 'UTC' });
    const percent = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 });
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
        const unit = UNITS[step] ?? 'byte';
        const style = { style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits: 1 } as const;
        return new Intl.NumberFormat(locale, style).format(value / 1000 ** step);
      },
      duration: (ms: number) => {
        const [value, unit] =
          ms < 1_000
            ? ([ms, 'millisecond'] as const)
            : ms < 60_000
              ? ([ms / 1_000, 'second'] as const)
              : ([ms / 60_000, 'minute'] as const);
        const style = { style: 'unit', unit, unitDisplay: 'short', maximumFractionDigits: 1 } as const;
        return new Intl.NumberFormat(locale, style).format(value);
      },
    };
  }, [language]);
}
