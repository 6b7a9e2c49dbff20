import type { CopyRow } from '../copy/copy-rows.js';

/** A row of one side, or of both where they differ. */
export type RowPair =
  | { readonly before: CopyRow; readonly after: undefined }
  | { readonly before: undefined; readonly after: CopyRow }
  | { readonly before: CopyRow; readonly after: CopyRow };

/**
 * What two lists of rows differ by. Both are sorted by their first `keyLength` columns, in the order of bytes and NULL first. Equal
 * rows that come several times are counted off one against the other.
 */
export async function* mergeRows(
  before: AsyncIterable<CopyRow>,
  after: AsyncIterable<CopyRow>,
  keyLength: number,
): AsyncGenerator<RowPair> {
  const [left, right] = [before[Symbol.asyncIterator](), after[Symbol.asyncIterator]()];
  try {
    let [a, b] = await Promise.all([left.next(), right.next()]);
    while (!a.done || !b.done) {
      const order = a.done ? 1 : b.done ? -1 : compareRows(a.value, b.value, keyLength);
      if (order === 0) {
        if (!isEqual(a.value, b.value)) yield { before: a.value, after: b.value };
        [a, b] = await Promise.all([left.next(), right.next()]);
      } else if (order < 0) {
        yield { before: a.value, after: undefined };
        a = await left.next();
      } else {
        yield { before: undefined, after: b.value };
        b = await right.next();
      }
    }
  } finally {
    await Promise.all([left.return?.(), right.return?.()]);
  }
}

function isEqual(a: CopyRow, b: CopyRow): boolean {
  return a.every((text, index) => text === b[index]);
}

function compareRows(a: CopyRow, b: CopyRow, length: number): number {
  for (let index = 0; index < length; index += 1) {
    const order = compareTexts(a[index] ?? null, b[index] ?? null);
    if (order !== 0) return order;
  }
  return 0;
}

/** As PostgreSQL's collation "C" in UTF-8, NULL first. */
function compareTexts(a: string | null, b: string | null): number {
  if (a === b) return 0;
  if (a === null) return -1;
  if (b === null) return 1;
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
