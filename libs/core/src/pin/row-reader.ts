// @ts-expect-error It has types for its main module alone.
import textParsers from 'pg-types/lib/textParsers.js';
import type { FieldDescription, TextParser } from './pg-internals.js';
import { readTimestamp, readTimestampWithZone } from './timestamps.js';

/** Reads a value from the bytes of its text. */
type ByteParser = (bytes: Buffer, from: number, to: number) => unknown;

/** The parsers that pg has unless the application sets others, by type. */
const OF_PG = new Map<number, TextParser>();
textParsers.init((type: number, parser: TextParser) => OF_PG.set(type, parser));

/** Types that are read without making a text of them first. `undefined` says that a value must be read by pg's parser. */
const FROM_BYTES = new Map<number, ByteParser>([
  [21, readInteger],
  [23, readInteger],
  [26, readInteger],
  [1114, readTimestamp],
  [1184, readTimestampWithZone],
]);

const COUNT_BYTES = 2;
const LENGTH_BYTES = 4;
const MINUS = 0x2d;
const ZERO = 0x30;

interface Column {
  readonly name: string;
  readonly fromBytes: ByteParser | undefined;
  readonly parse: TextParser;
}

/**
 * Reads rows as pg does, from the bytes of the message `DataRow` (manual, 54.7 "Message Formats"): the values are the same, and most of them
 * are made without a text in between.
 */
export class RowReader {
  readonly #columns: readonly Column[];
  readonly #parsers: readonly TextParser[];
  readonly #emptyRow: object | null;

  /**
   * @param parsers - of each field, as pg finds them for it.
   * @param emptyRow - a row of nulls.
   */
  constructor(fields: readonly FieldDescription[], parsers: readonly TextParser[], emptyRow: object | null) {
    this.#parsers = parsers;
    this.#emptyRow = emptyRow;
    this.#columns = fields.map(({ name, dataTypeID }, index) => {
      const parse = parsers[index] as TextParser;
      const fromBytes = OF_PG.get(dataTypeID) === parse ? FROM_BYTES.get(dataTypeID) : undefined;
      return { name, fromBytes, parse };
    });
  }

  /** Whether it reads with these parsers: an application may have set others meanwhile. */
  fits(parsers: readonly TextParser[]): boolean {
    return parsers.every((parser, index) => parser === this.#parsers[index]);
  }

  /** @param at - where the body of the message begins. */
  read(bytes: Buffer, at: number): object {
    const row = { ...this.#emptyRow } as Record<string, unknown>;
    let from = at + COUNT_BYTES;
    for (const { name, fromBytes, parse } of this.#columns) {
      const length = bytes.readInt32BE(from);
      from += LENGTH_BYTES;
      if (length < 0) {
        row[name] = null;
        continue;
      }
      const to = from + length;
      row[name] = fromBytes?.(bytes, from, to) ?? parse(bytes.toString('utf8', from, to));
      from = to;
    }
    return row;
  }
}

function readInteger(bytes: Buffer, from: number, to: number): number {
  const isNegative = bytes[from] === MINUS;
  let value = 0;
  for (let at = isNegative ? from + 1 : from; at < to; at += 1)
    value = value * 10 + (bytes[at] as number) - ZERO;
  return isNegative ? -value : value;
}
