import type pg from 'pg';
import { copyLineOf } from '../copy/copy-rows.js';
import type { HomeTable } from '../home/tables.js';
import type { TableRows } from './row-source.js';

/** Bytes of a table that is read together with others, and of all that are read at a time. */
const SMALL_BYTES = 64 * 1_024;
const BYTES_AT_ONCE = 256 * 1_024;

/** pg's value of a column is the text that PostgreSQL writes it as, as with COPY. */
const AS_WRITTEN = { getTypeParser: () => (text: string) => text };

type Result = pg.QueryArrayResult<(string | null)[]>;

/** The lines of tables that are read together, and which of them is meant. */
interface Together {
  readonly all: Promise<readonly (readonly string[])[]>;
  readonly index: number;
}

export interface SmallTablesParts {
  readonly client: pg.ClientBase;
  readonly tables: readonly HomeTable[];
  /** About how many bytes a table has, where that is known. */
  readonly bytes: ReadonlyMap<HomeTable, number>;
  /** SELECT for the rows of a table, by its index. */
  readonly select: (table: number) => string;
}

/**
 * Reads small tables, several in one round trip: the one that is asked for, and those behind it. Of COPY there can be only one in a
 * text, so that what it would write is made here of what SELECT answers.
 */
export class SmallTables {
  readonly #parts: SmallTablesParts;
  /** What was read and not asked for yet. */
  readonly #read = new Map<number, Together>();

  constructor(parts: SmallTablesParts) {
    this.#parts = parts;
  }

  has(table: number): boolean {
    return this.#bytesOf(table) <= SMALL_BYTES;
  }

  #bytesOf(index: number): number {
    const table = this.#parts.tables[index];
    return (table && this.#parts.bytes.get(table)) ?? Number.POSITIVE_INFINITY;
  }

  /** The rows of a small table. */
  rows(table: number): TableRows {
    if (!this.#read.has(table)) this.#readFrom(table);
    const { all, index } = this.#read.get(table) as Together;
    this.#read.delete(table);
    let rows = 0;
    const chunks = async function* () {
      const read = (await all)[index] ?? [];
      rows = read.length;
      if (rows > 0) yield Buffer.from(read.join(''));
    };
    return { chunks: chunks(), count: () => rows };
  }

  #readFrom(first: number): void {
    const together: number[] = [];
    let bytes = 0;
    for (let table = first; table < this.#parts.tables.length && bytes < BYTES_AT_ONCE; table += 1) {
      if (!this.has(table) || this.#bytesOf(table) === 0) continue;
      together.push(table);
      bytes += this.#bytesOf(table);
    }
    const all = this.#select(together);
    // Who asks for a table gets the error; nobody may.
    all.catch(() => {});
    for (const [index, table] of together.entries()) this.#read.set(table, { all, index });
  }

  /** The lines of each table. */
  async #select(tables: readonly number[]): Promise<readonly (readonly string[])[]> {
    const { client, select } = this.#parts;
    const text = tables.map(select).join(';\n');
    const results: Result | Result[] = await client.query({ text, rowMode: 'array', types: AS_WRITTEN });
    return [results].flat().map(({ rows }) => rows.map(copyLineOf));
  }
}
