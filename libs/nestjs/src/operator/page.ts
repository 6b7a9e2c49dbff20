import { z } from 'zod';
import { RequestInvalidError } from './operator-errors.js';

/** One page of a listing. */
export interface Page<T> {
  readonly items: readonly T[];
  /** Sent back as `cursor`, it asks for the next page; `null` on the last one. */
  readonly next: string | null;
}

/** Where a page ends in the order of its listing: the values of the columns that it is sorted by, of which the last is unique. */
export type PageKey = readonly (string | number | boolean | null)[];

/** Anything longer is no cursor of ours. */
const MAX_CURSOR_LENGTH = 1_000;
const EXPECTED = 'expected a cursor of this listing';

export interface PageQueryOptions<Key extends PageKey> {
  readonly defaultLimit: number;
  readonly maxLimit: number;
  /** What a cursor of this listing holds, such as `z.tuple([z.string()])`. */
  readonly key: z.ZodType<Key>;
}

/**
 * The query of a listing, `?limit=&cursor=`; `.extend()` adds filters. The cursor is handed on as the key of the last
 * item of the page before, so that items which come and go between two pages neither repeat nor hide others:
 *
 *     const query = pageQuery({ defaultLimit: 50, maxLimit: 200, key: z.tuple([z.string()]) });
 *     … where slug > $1 order by slug limit $2   -- cursor?.[0], limit + 1
 */
export function pageQuery<Key extends PageKey>({ defaultLimit, maxLimit, key }: PageQueryOptions<Key>) {
  return z.strictObject({
    limit: z.coerce
      .number()
      .int()
      .min(1)
      .max(maxLimit)
      .default(defaultLimit)
      .describe(`Items per page, at most ${maxLimit}.`),
    cursor: z
      .string()
      .transform((cursor, context): Key => {
        const found = keyIn(cursor, key);
        if (found) return found;
        context.addIssue({ code: 'custom', message: EXPECTED });
        return z.NEVER;
      })
      .optional()
      .describe('`next` of the page before.'),
  });
}

/**
 * The page that was asked for.
 *
 * @param found - one item more than `limit`, when the listing goes on.
 * @param keyOf - what the listing is sorted by, as `key` of {@link pageQuery} describes it.
 */
export function pageOf<T>(found: readonly T[], limit: number, keyOf: (item: T) => PageKey): Page<T> {
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return { items, next: last !== undefined && found.length > limit ? encodeCursor(keyOf(last)) : null };
}

/** Text for URLs that is opaque to clients: base64url of JSON. */
export function encodeCursor(key: PageKey): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

/** @throws {RequestInvalidError} for anything that {@link encodeCursor} has not made, or has made for another listing. */
export function decodeCursor<Key extends PageKey>(cursor: string, key: z.ZodType<Key>): Key {
  const found = keyIn(cursor, key);
  if (found) return found;
  throw new RequestInvalidError([{ field: 'cursor', expected: EXPECTED }]);
}

function keyIn<Key extends PageKey>(cursor: string, key: z.ZodType<Key>): Key | undefined {
  if (cursor.length > MAX_CURSOR_LENGTH || !/^[\w-]+$/.test(cursor)) return undefined;
  try {
    const json = Buffer.from(cursor, 'base64url').toString();
    // PostgreSQL's text cannot hold NUL: a statement would fail.
    if (json.includes('\\u0000')) return undefined;
    const result = key.safeParse(JSON.parse(json));
    return result.success ? result.data : undefined;
  } catch {
    return undefined;
  }
}
