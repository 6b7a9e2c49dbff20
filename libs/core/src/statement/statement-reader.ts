import { LRUCache } from 'lru-cache';
import { Lazy } from '../support/lazy.js';
import { ReadingThread } from './reading-thread.js';
import { SqlParser } from './sql-parser.js';
import { PLANNED, readText, type TextFacts, unreadable } from './statement-facts.js';
import { shapeOf, withParameters } from './statement-shape.js';
import { asNode } from './syntax-tree.js';

export interface StatementReaderStats {
  /** Texts read since the start. A text whose facts are kept is not read again. */
  readonly reads: number;
  /** Texts whose facts are kept. */
  readonly kept: number;
}

/**
 * Characters. Longer texts are read by a thread of their own: reading takes up to a millisecond for a thousand characters,
 * and nesting that breaks a parser takes more than these.
 */
export const MAX_INLINE_TEXT = 8_192;
/** Characters. PostgreSQL would take a gigabyte; reading that much would take as much memory as the largest machines have. */
export const MAX_TEXT = 4_000_000;
/** Characters. Longer texts are generated, with one part for each row, and are seldom sent twice. */
const MAX_KEPT_TEXT = 65_536;
/** Characters, over all texts. */
const MAX_KEPT_TOTAL = 8_000_000;
/** The size of the facts of a text, beside that of the text. Characters. */
const FACTS_SIZE = 1_000;

/**
 * The one reader of SQL: what a statement is, does and names comes from PostgreSQL's own grammar, for the pin, the pool, the
 * guard and migrations. It reads each text once and keeps what it read.
 */
export class StatementReader {
  static readonly #shared = new Lazy(async () => new StatementReader(await SqlParser.load()));

  readonly #parser: SqlParser;
  readonly #thread = new ReadingThread();
  readonly #facts = new LRUCache<string, TextFacts>({
    maxSize: MAX_KEPT_TOTAL,
    maxEntrySize: MAX_KEPT_TEXT + FACTS_SIZE,
    sizeCalculation: (_facts, text) => text.length + FACTS_SIZE,
  });
  #reads = 0;

  constructor(parser: SqlParser) {
    this.#parser = parser;
  }

  /** The reader of this process. Takes some 20 ms the first time. */
  static load(): Promise<StatementReader> {
    return StatementReader.#shared.get();
  }

  /**
   * The facts of a text: at once for those that were read before and for short ones; a promise for long ones, which never
   * rejects.
   *
   * @param reader - whose text it is: those who have long texts take turns.
   */
  read(text: string, reader = ''): TextFacts | Promise<TextFacts> {
    const known = this.#facts.get(text);
    if (known) return known;
    if (text.length > MAX_TEXT) {
      return unreadable(text, `the text has ${text.length} characters; at most ${MAX_TEXT} can be read`);
    }
    if (text.length > MAX_INLINE_TEXT)
      return this.#thread.read(text, reader).then((facts) => this.#keep(text, facts));
    if (this.#parser.isReady) return this.#keep(text, readText(this.#parser, text));
    return this.#parser.whenReady().then(() => this.#keep(text, readText(this.#parser, text)));
  }

  /** A text without its values and comments; `undefined` where it cannot be read, or is longer than is read at once. */
  shapeOf(text: string): string | undefined {
    if (text.length > MAX_INLINE_TEXT) return undefined;
    const tokens = this.#parser.tokens(text);
    return tokens && shapeOf(tokens);
  }

  /**
   * An `EXPLAIN` of what the statements of a shape have in common, with parameters in place of values: it plans and executes nothing.
   *
   * @returns `undefined` where the shape is not one statement that reads or writes rows.
   */
  explainShape(shape: string): string | undefined {
    const text = `explain (generic_plan) ${withParameters(shape)}`;
    if (text.length > MAX_INLINE_TEXT) return undefined;
    const parsed = this.#parser.parse(text);
    if (!('statements' in parsed) || parsed.statements.length !== 1) return undefined;
    const { query, options } = asNode(asNode(parsed.statements[0]?.stmt)['ExplainStmt']);
    // What is planned says so itself: nothing of the shape has become an option.
    const isOurs = Array.isArray(options) && options.length === 1;
    return isOurs && PLANNED.some((kind) => kind in asNode(query)) ? text : undefined;
  }

  stats(): StatementReaderStats {
    return { reads: this.#reads, kept: this.#facts.size };
  }

  /** Only what will never be read otherwise is kept. */
  #keep(text: string, facts: TextFacts): TextFacts {
    this.#reads += 1;
    if (facts.unreadable === undefined) this.#facts.set(text, facts);
    return facts;
  }
}
