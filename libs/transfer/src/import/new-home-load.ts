import type pg from 'pg';
import type { ArchivedSequence } from '../archive/archive-format.js';
import { countRows } from '../copy/copy-rows.js';
import { copyIn } from '../copy/copy-streams.js';
import { deferIndexes } from '../home/deferred-indexes.js';
import { columnsIn, insertEmptyRows } from '../home/insert-rows.js';
import { beginPlain, inPlainTransaction } from '../home/plain-settings.js';
import { moveSequences, setSequences } from '../home/sequences.js';
import { suspendChecks } from '../home/suspended-checks.js';
import { type HomeTable, nameOf } from '../home/tables.js';
import type { Load } from './load.js';

/** A table with fewer bytes of rows than these keeps its indexes: to make them again would take longer. */
const FEW_BYTES = 2 * 1_024 * 1_024;

/**
 * Loads rows into a home that was made for them and that nobody knows yet, in several transactions: what fails is removed with the home.
 * What its migrations wrote goes. The rows of a large table are written over several
 * connections.
 */
export class NewHomeLoad implements Load {
  readonly #client: pg.ClientBase;
  readonly #more: () => Promise<readonly pg.ClientBase[]>;
  readonly #tables: readonly HomeTable[];
  readonly #schema: string;
  #resume = async () => {};

  /**
   * @param more - connections for large tables, which may be none.
   * @param schema - of the home.
   */
  constructor(
    client: pg.ClientBase,
    more: () => Promise<readonly pg.ClientBase[]>,
    tables: readonly HomeTable[],
    schema: string,
  ) {
    this.#client = client;
    this.#more = more;
    this.#tables = tables;
    this.#schema = schema;
  }

  async begin(): Promise<void> {
    if (this.#tables.length === 0) return;
    await inPlainTransaction(this.#client, async () => {
      this.#resume = await suspendChecks(this.#client, this.#tables);
      await this.#client.query(`truncate ${this.#tables.map(nameOf).join(', ')}`);
    });
  }

  async write(table: HomeTable, source: AsyncIterable<Buffer>): Promise<number> {
    if (table.columns.length === 0)
      return insertEmptyRows(this.#client, nameOf(table), await countRows(source));
    const { chunks, isMore } = await beginningOf(source);
    const into = columnsIn(nameOf(table), table.columns);
    if (!isMore) return inPlainTransaction(this.#client, () => copyIn([this.#client], into, chunks));
    // A partitioned table keeps its indexes: they belong to those of its partitions.
    const restore = table.isPartitioned
      ? async () => {}
      : await inPlainTransaction(this.#client, () => deferIndexes(this.#client, table));
    const clients = [this.#client, ...(await this.#more())];
    for (const client of clients) await beginPlain(client);
    const written = await copyIn(clients, into, chunks);
    for (const client of clients) await client.query('commit');
    await inPlainTransaction(this.#client, restore);
    return written;
  }

  /** Begins the transaction in which the rows are checked, and leaves the commit to who has called it. */
  async end(sequences: readonly ArchivedSequence[]): Promise<void> {
    await beginPlain(this.#client);
    await this.#resume();
    await setSequences(this.#client, this.#schema, sequences);
    // Where the source has isolation `row`, its sequences are everybody's.
    await moveSequences(this.#client, this.#client, this.#tables, { shared: false });
  }
}

/** Reads what is few in memory; the rest follows when it is asked for. */
async function beginningOf(
  source: AsyncIterable<Buffer>,
): Promise<{ chunks: AsyncIterable<Buffer>; isMore: boolean }> {
  const iterator = source[Symbol.asyncIterator]();
  const beginning: Buffer[] = [];
  let bytes = 0;
  let isMore = true;
  while (isMore && bytes < FEW_BYTES) {
    const { value, done } = await iterator.next();
    if (done) isMore = false;
    else {
      beginning.push(value);
      bytes += value.length;
    }
  }
  const chunks = async function* () {
    yield* beginning.splice(0);
    if (isMore) yield* { [Symbol.asyncIterator]: () => iterator };
  };
  return { chunks: chunks(), isMore };
}
