import { z } from 'zod';

/** A month of UTC: `2026-10`. */
export const monthSchema = z.string().regex(/^20\d\d-(0[1-9]|1[0-2])$/, 'expected a month, such as 2026-10');

/** The first day of a month, as PostgreSQL reads it. */
export function firstDayOf(month: string): string {
  return `${month}-01`;
}

/** The moment at which a month has ended. */
export function endOf(month: string): Date {
  const [year = 0, number = 0] = month.split('-').map(Number);
  return new Date(Date.UTC(year, number, 1));
}

/** `Date` of the first moment of a month. */
export function beginOf(month: string): Date {
  return new Date(`${month}-01T00:00:00.000Z`);
}
