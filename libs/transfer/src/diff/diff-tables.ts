import type { TransferProgress } from '../control.js';
import type { CopyRow } from '../copy/copy-rows.js';
import { checksumOf, isSameSum } from '../home/comparable.js';
import { mergeRows } from './merge-rows.js';
import { type Keys, rowsFrom, rowsOf, sortLengthOf } from './read-rows.js';
import { pairTables, type Side, type TablePair } from './table-pairs.js';

/** A row that differs: texts in the order of `pair.columns`; with `keysOnly` those of the key, and a checksum. */
export interface TableChange {
  readonly pair: TablePair;
  readonly before: CopyRow | undefined;
  readonly after: CopyRow | undefined;
}

export interface DiffTablesOptions {
  readonly keysOnly: boolean;
  /** Keys of the rows to compare, by table. Tables that it does not name are compared as a whole. */
  readonly keys?: ReadonlyMap<string, Keys>;
  readonly onTable?: ((pair: TablePair) => void) | undefined;
  readonly onProgress?: ((progress: TransferProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What the rows of two homes differ by, table after table, in constant memory. Tables with equal checksums are not read. */
export async function* diffTables(
  before: Side,
  after: Side,
  { keysOnly, keys, onTable, onProgress, signal }: DiffTablesOptions,
): AsyncGenerator<TableChange> {
  const pairs = await pairTables(before, after);
  for (const [done, pair] of pairs.entries()) {
    signal?.throwIfAborted();
    onProgress?.({ table: pair.name, done, total: pairs.length });
    onTable?.(pair);
    const wanted = keys?.get(pair.name);
    const checksums = await Promise.all([
      checksumOf(before.client, pair.columns, rowsFrom(pair.before, pair, wanted)),
      checksumOf(after.client, pair.columns, rowsFrom(pair.after, pair, wanted)),
    ]);
    if (isSameSum(...checksums)) continue;
    const reading = { keysOnly, keys: wanted };
    const rows = mergeRows(
      rowsOf(before.client, pair.before, pair, reading),
      rowsOf(after.client, pair.after, pair, reading),
      sortLengthOf(pair),
    );
    for await (const row of rows) {
      signal?.throwIfAborted();
      yield { pair, ...row };
    }
  }
}
