import { z } from 'zod';

/** One page of a listing. */
export interface Page<Item> {
  items: Item[];
  /** Hand it back as `cursor` to read on; `null` on the last page. */
  nextCursor: string | null;
}

const encode = (key: string): string => Buffer.from(key).toString('base64url');
const decode = (cursor: string): string => Buffer.from(cursor, 'base64url').toString();

/**
 * The query of a listing that is read in the order of a unique column. A cursor is the last value seen, so rows that
 * come and go between two pages neither repeat nor hide others.
 *
 * @param key - checks and reads the value that a cursor holds.
 */
export function pageQuery<Key>(key: z.ZodType<Key, string>) {
  return z.strictObject({
    limit: z.coerce.number().int().min(1).max(100).default(20).describe('Items per page.'),
    cursor: z
      .base64url()
      .max(200)
      .transform(decode)
      .pipe(key)
      .optional()
      .describe('`nextCursor` of the page before.'),
  });
}

/** Cuts a page out of the rows found, of which there is one more than asked for when the listing goes on. */
export function pageOf<Item>(
  found: Item[],
  limit: number,
  keyOf: (item: Item) => string | number,
): Page<Item> {
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return { items, nextCursor: last && found.length > limit ? encode(String(keyOf(last))) : null };
}
