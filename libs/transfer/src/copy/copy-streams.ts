import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type pg from 'pg';
import copyStreams from 'pg-copy-streams';

/** How PostgreSQL writes rows: COPY's text format, CSV with a header (RFC 4180), or one JSON object a line. */
export type RowFormat = 'text' | 'csv' | 'ndjson';

/**
 * JSON text has no control characters, but for white space between what a column of type json was written with: it becomes blanks, and
 * nothing is left that CSV with these marks would have to quote.
 */
const COPIES: Readonly<Record<RowFormat, (select: string) => string>> = {
  text: (select) => `copy (${select}) to stdout`,
  csv: (select) => `copy (${select}) to stdout (format csv, header)`,
  ndjson: (select) =>
    `copy (select pg_catalog.translate(pg_catalog.row_to_json(archived.*)::pg_catalog.text, E'\\n\\r\\t', '   ') from (${select}) archived)
       to stdout (format csv, quote E'\\x01', delimiter E'\\x02')`,
};

/** What a SELECT reads. */
export function copyOut(
  client: pg.ClientBase,
  select: string,
  format: RowFormat = 'text',
): Readable & { readonly rowCount: number } {
  const stream = client.query(copyStreams.to(COPIES[format](select)));
  // Who reads it gets the error, also when that comes before it is read. Nobody does where another failed before it.
  return stream.on('error', (error) => stream.destroy(error)) as typeof stream;
}

/**
 * Writes rows in COPY's text format to a table.
 *
 * @param clients - share the work, each in a transaction of its own.
 * @param into - the table, quoted, perhaps with columns.
 * @returns how many rows were written.
 */
export async function copyIn(
  clients: readonly pg.ClientBase[],
  into: string,
  rows: AsyncIterable<Buffer>,
): Promise<number> {
  const iterator = rows[Symbol.asyncIterator]();
  const share = sharesOf(iterator);
  const failed = new AbortController();
  const results = await Promise.allSettled(
    clients.map(async (client) => {
      const copy = client.query(copyStreams.from(`copy ${into} from stdin`));
      await pipeline(share(), copy, { signal: failed.signal }).catch((error: unknown) => {
        failed.abort(error);
        throw failed.signal.reason;
      });
      return copy.rowCount;
    }),
  );
  if (failed.signal.aborted) {
    await iterator.return?.();
    throw failed.signal.reason;
  }
  return results.reduce((sum, result) => sum + (result.status === 'fulfilled' ? result.value : 0), 0);
}

const NEWLINE = 0x0a;

/** Deals rows out to several readers: each call makes one. A reader that has a part of a row gets its other parts too. */
function sharesOf(iterator: AsyncIterator<Buffer>): () => AsyncGenerator<Buffer> {
  let turn: Promise<unknown> = Promise.resolve();
  return async function* () {
    for (;;) {
      const before = turn;
      let release = () => {};
      turn = new Promise<void>((resolve) => {
        release = resolve;
      });
      await before;
      try {
        for (;;) {
          const { value, done } = await iterator.next();
          if (done) return;
          if (value.at(-1) === NEWLINE) {
            release();
            yield value;
            break;
          }
          yield value;
        }
      } finally {
        release();
      }
    }
  };
}
