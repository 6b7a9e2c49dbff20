import { z } from 'zod';

/** Text for people, on one line. PostgreSQL stores no NUL, and names need no other control character either. */
export function line(maxLength: number, minLength = 1) {
  return z
    .string()
    .trim()
    .min(minLength)
    .max(maxLength)
    .regex(/^\P{Cc}*$/u, 'expected text without control characters');
}

/** An id of ours, in the lower-case form PostgreSQL writes. */
export const id = z.uuid().toLowerCase();
