import { randomBytes } from 'node:crypto';

/** A text that stands in each value of one tenant, and nowhere else in the world. */
export function newMark(slug: string): string {
  return `mark-${slug}-${randomBytes(6).toString('hex')}`;
}

/** The marks that stand anywhere in a text. */
export function marksIn(text: string): string[] {
  return [...new Set(text.match(/mark-[a-z-]+-[0-9a-f]{12}/g))];
}
