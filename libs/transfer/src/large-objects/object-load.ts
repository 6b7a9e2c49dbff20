import { type CopyRow, copyLineOf, copyRowsOf } from '../copy/copy-rows.js';
import { ArchiveInvalidError } from '../errors.js';
import type { Client, HomeTable } from '../home/tables.js';
import type { RowSource } from '../source/row-source.js';
import { OBJECT_CHUNK_BYTES } from './tenant-objects.js';

/** Characters of rows that are held while the numbers in them are looked up. */
const BATCH_CHARACTERS = 64 * 1_024;
/** Bytes of objects that one statement writes, about, and pieces. */
const BATCH_BYTES = 1_024 * 1_024;
const BATCH_PIECES = 1_000;
const MAX_NUMBER = 0xffff_ffff;
/** The bytes in hexadecimal, and two numbers before them. */
const MAX_LINE_BYTES = 2 * OBJECT_CHUNK_BYTES + 64;

interface Piece {
  readonly number: number;
  readonly position: number;
  readonly bytes: Buffer;
}

/**
 * Makes the large objects that rows name, as objects of the tenant with new numbers, and has the rows name those. Of each only the two
 * numbers are held.
 */
export class ObjectLoad {
  readonly #open: () => Promise<Client>;
  /** The new number of each old one. */
  readonly #made = new Map<number, number>();

  /** @param open - gives a connection that acts as the tenant, in a transaction. Called when there is something to write. */
  constructor(open: () => Promise<Client>) {
    this.#open = open;
  }

  /** The rows of a table, with the new numbers. @param chunks - in COPY's text format. */
  rewritten({ name, columns }: HomeTable, chunks: AsyncIterable<Buffer>): AsyncIterable<Buffer> {
    const places = [...columns.keys()].filter((at) => columns[at]?.isLargeObject);
    return places.length === 0 ? chunks : this.#rewrite(name, places, chunks);
  }

  async *#rewrite(
    table: string,
    places: readonly number[],
    chunks: AsyncIterable<Buffer>,
  ): AsyncGenerator<Buffer> {
    let rows: CopyRow[] = [];
    let characters = 0;
    const flush = async () => {
      const named = rows.flatMap((row) => places.map((at) => numberIn(row[at], table)));
      await this.#make([...new Set(named)].filter((number) => number !== 0 && !this.#made.has(number)));
      const lines = rows.map((row) =>
        copyLineOf(row.map((value, at) => (places.includes(at) ? this.#renamed(value) : value))),
      );
      [rows, characters] = [[], 0];
      return Buffer.from(lines.join(''));
    };
    for await (const row of copyRowsOf(chunks)) {
      rows.push(row);
      characters += row.reduce((sum, field) => sum + (field?.length ?? 0), row.length);
      if (characters >= BATCH_CHARACTERS) yield await flush();
    }
    if (rows.length > 0) yield await flush();
  }

  #renamed(value: string | null | undefined): string | null {
    return value == null ? null : String(this.#made.get(Number(value)) ?? 0);
  }

  async #make(numbers: readonly number[]): Promise<void> {
    if (numbers.length === 0) return;
    const client = await this.#open();
    const { rows } = await client.query<{ number: string }>(
      'select pg_catalog.lo_create(0)::pg_catalog.text as number from pg_catalog.generate_series(1, $1::pg_catalog.int4)',
      [numbers.length],
    );
    for (const [index, number] of numbers.entries()) this.#made.set(number, Number(rows[index]?.number));
  }

  /**
   * Writes what the objects hold, when all rows have been read.
   *
   * @throws {ArchiveInvalidError} when the source lacks one that a row names, or has pieces of one out of their order.
   */
  async fill(source: Pick<RowSource, 'largeObjects'>): Promise<void> {
    if (this.#made.size === 0) return;
    const client = await this.#open();
    const numbers = [...this.#made.keys()].sort((one, other) => one - other);
    let pieces: Piece[] = [];
    let bytes = 0;
    let arrived = 0;
    let [last, end] = [0, 0];
    const write = async () => {
      await client.query(
        `select pg_catalog.lo_put(number, position, bytes)
           from unnest($1::pg_catalog.oid[], $2::pg_catalog.int8[], $3::pg_catalog.bytea[]) as pieces (number, position, bytes)`,
        [
          pieces.map(({ number }) => this.#made.get(number)),
          pieces.map(({ position }) => position),
          pieces.map((piece) => piece.bytes),
        ],
      );
      [pieces, bytes] = [[], 0];
    };
    for await (const row of copyRowsOf(boundedLines(source.largeObjects(numbers)))) {
      const piece = pieceOf(row);
      if (piece.number > last && piece.position === 0) {
        if (this.#made.has(piece.number)) arrived += 1;
      } else if (piece.number !== last || piece.position !== end || end === 0) throw outOfOrder();
      [last, end] = [piece.number, piece.position + piece.bytes.length];
      if (!this.#made.has(piece.number)) continue;
      pieces.push(piece);
      bytes += piece.bytes.length;
      if (bytes >= BATCH_BYTES || pieces.length >= BATCH_PIECES) await write();
    }
    if (pieces.length > 0) await write();
    if (arrived !== numbers.length)
      throw new ArchiveInvalidError(
        `The rows name ${numbers.length} large objects, and ${arrived} of them came.`,
      );
  }
}

/** @throws {ArchiveInvalidError} for what is no number of an object. */
function numberIn(value: string | null | undefined, table: string): number {
  if (value == null) return 0;
  const number = /^\d{1,10}$/.test(value) ? Number(value) : Number.NaN;
  if (!(number <= MAX_NUMBER))
    throw new ArchiveInvalidError(`A row of ${table} names a large object by what is no number.`);
  return number;
}

function pieceOf([number, position, content, ...more]: CopyRow): Piece {
  const piece = {
    number: Number(number),
    position: Number(position),
    bytes: Buffer.from(content?.slice(2) ?? '', 'hex'),
  };
  const isWhole =
    content?.startsWith('\\x') &&
    piece.bytes.length * 2 === content.length - 2 &&
    piece.bytes.length <= OBJECT_CHUNK_BYTES;
  if (
    !isWhole ||
    more.length > 0 ||
    !Number.isSafeInteger(piece.position) ||
    !(piece.number > 0 && piece.number <= MAX_NUMBER)
  )
    throw noObjectRow();
  return piece;
}

/** Passes what has no longer lines than an export writes: whoever takes lines holds one in memory. */
async function* boundedLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of chunks) {
    const newline = chunk.indexOf('\n');
    if (bytes + (newline < 0 ? chunk.length : newline) > MAX_LINE_BYTES) throw noObjectRow();
    bytes = newline < 0 ? bytes + chunk.length : chunk.length - 1 - chunk.lastIndexOf('\n');
    yield chunk;
  }
}

function noObjectRow(): ArchiveInvalidError {
  return new ArchiveInvalidError('A row of the large objects is none that an export writes.');
}

function outOfOrder(): ArchiveInvalidError {
  return new ArchiveInvalidError('The large objects of the archive are not in their order.');
}
