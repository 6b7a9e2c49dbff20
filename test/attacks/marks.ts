import { randomBytes } from 'node:crypto';

/** A text that is part of every value of one tenant, and of nothing else. */
export function newMark(slug: string): string {
  return `mark-${slug}-${randomBytes(6).toString('hex')}`;
}

/** The marks that a text contains. */
export function marksIn(text: string): string[] {
  return [...new Set(text.match(/mark-[a-z-]+-[0-9a-f]{12}/g))];
}
