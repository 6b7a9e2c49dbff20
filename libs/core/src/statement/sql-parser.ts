import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { messageOf } from '../support/message-of.js';
import type { SyntaxNode } from './syntax-tree.js';

/** The part of libpg-query's Emscripten module that is used here. */
interface PgQueryModule {
  readonly HEAPU8: Uint8Array;
  lengthBytesUTF8(text: string): number;
  stringToUTF8(text: string, address: number, sizeBytes: number): void;
  UTF8ToString(address: number): string;
  _malloc(sizeBytes: number): number;
  _free(address: number): void;
  /** The syntax tree as JSON, or the parser's error message. */
  _wasm_parse_query(address: number): number;
  /** The tokens as JSON, or the scanner's error message. */
  _wasm_scan(address: number): number;
  _wasm_free_string(address: number): void;
}

type Question = '_wasm_parse_query' | '_wasm_scan';

/** What Emscripten wraps around the WASM. */
interface Glue {
  default(options: {
    instantiateWasm: (imports: object, use: (instance: object) => void) => void;
  }): Promise<PgQueryModule>;
}

/** The types of Node leave it out. */
declare const WebAssembly: {
  compile(bytes: Uint8Array): Promise<object>;
  Instance: new (module: object, imports: object) => object;
};

/** One statement of a text: its tree, and where it stands. */
export interface ParsedStatement {
  readonly stmt?: SyntaxNode;
  /** In bytes of UTF-8; left out at the beginning of the text. */
  readonly stmt_location?: number;
  /** In bytes of UTF-8; left out where the statement goes to the end of the text. */
  readonly stmt_len?: number;
}

/** One word, sign or comment of a text. */
export interface Token {
  readonly text: string;
  /** In bytes of UTF-8. */
  readonly start: number;
  readonly end: number;
}

/** The syntax trees of a text, or why there are none. */
export type ParsedText =
  | { readonly statements: readonly ParsedStatement[] }
  /** PostgreSQL's grammar has no such text. */
  | { readonly syntaxError: string }
  /** The parser can say nothing of the text. */
  | { readonly failure: string };

/**
 * Characters that server and parser read differently: the server ends a text at NUL, and lone surrogates have no UTF-8.
 */
const UNSENDABLE = /[\0\p{Surrogate}]/u;

/** A parser that breaks is replaced by one that stands by, so that no other text has to wait. */
const INSTANCES = 2;

/** An instance keeps the memory of the largest text it has read. */
const MAX_MEMORY_BYTES = 256 * 1024 * 1024;

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

/**
 * PostgreSQL's own parser (libpg-query, compiled to WASM).
 *
 * The package's `parseSync` is not used, because it has one instance of the parser and no way to make another. An
 * expression nested some thousand levels deep overflows the stack in the middle of the parser, which corrupts its
 * memory: after some thirty such texts the package's instance returned nonsense. Here an instance that fails in any other
 * way than by a syntax error is thrown away.
 */
export class SqlParser {
  readonly #instantiate: () => Promise<PgQueryModule>;
  readonly #ready: PgQueryModule[] = [];
  #refilling: Promise<void> | undefined;
  #failure: string | undefined;
  #pauseMs = FIRST_PAUSE_MS;
  /** On the clock of `performance.now()`. */
  #refillAt = Number.NEGATIVE_INFINITY;

  private constructor(instantiate: () => Promise<PgQueryModule>) {
    this.#instantiate = instantiate;
  }

  /** Takes some 20 ms: the WASM is compiled once, and every instance is made of what was compiled. */
  static async load(): Promise<SqlParser> {
    // @ts-expect-error The package has types for its wrapper only.
    const glue: Glue = await import('libpg-query/wasm/libpg-query.js');
    const file = createRequire(import.meta.url).resolve('libpg-query/wasm/libpg-query.wasm');
    const compiled = await WebAssembly.compile(await readFile(file));
    const parser = new SqlParser(() =>
      glue.default({
        instantiateWasm: (imports, use) => use(new WebAssembly.Instance(compiled, imports)),
      }),
    );
    parser.#ready.push(await parser.#instantiate());
    parser.#refill();
    await parser.#refilling;
    return parser;
  }

  /** Whether {@link parse} has an instance to parse with. */
  get isReady(): boolean {
    return this.#ready.length > 0;
  }

  /** Resolves when there is an instance, or when one cannot be made now: then {@link parse} says why. */
  async whenReady(): Promise<void> {
    if (this.isReady) return;
    this.#refill();
    await this.#refilling;
  }

  parse(text: string): ParsedText {
    if (text === '') return { statements: [] };
    return this.#ask('_wasm_parse_query', text, (answer): ParsedText => {
      // Error messages begin with words.
      if (!answer.startsWith('{')) return { syntaxError: answer };
      return { statements: (JSON.parse(answer) as { stmts: ParsedStatement[] }).stmts };
    });
  }

  /** The tokens of a text; `undefined` where it has none that can be read. */
  tokens(text: string): readonly Token[] | undefined {
    const read = this.#ask('_wasm_scan', text, (answer) =>
      answer.startsWith('{') ? (JSON.parse(answer) as { tokens: Token[] }) : { failure: answer },
    );
    return 'tokens' in read ? read.tokens : undefined;
  }

  #ask<T>(question: Question, text: string, read: (answer: string) => T): T | { readonly failure: string } {
    if (UNSENDABLE.test(text)) return { failure: 'the text holds a NUL or half a surrogate pair' };
    const module = this.#ready.pop();
    if (!module) {
      this.#refill();
      return { failure: `there is no parser (${this.#failure ?? 'it is starting'})` };
    }
    try {
      const answer = ask(module, question, text);
      this.#keep(module);
      return read(answer);
    } catch {
      this.#refill();
      return { failure: 'the text is nested too deeply for the parser' };
    }
  }

  #keep(module: PgQueryModule): void {
    if (module.HEAPU8.length <= MAX_MEMORY_BYTES) this.#ready.push(module);
    else this.#refill();
  }

  /** Makes the instances that are missing. After a failure it does nothing for a while, which grows. */
  #refill(): void {
    if (this.#refilling || performance.now() < this.#refillAt) return;
    this.#refilling = this.#makeMissing().finally(() => {
      this.#refilling = undefined;
    });
  }

  async #makeMissing(): Promise<void> {
    try {
      while (this.#ready.length < INSTANCES) this.#ready.push(await this.#instantiate());
      this.#failure = undefined;
      this.#pauseMs = FIRST_PAUSE_MS;
    } catch (error) {
      this.#failure = messageOf(error);
      this.#refillAt = performance.now() + this.#pauseMs;
      this.#pauseMs = Math.min(2 * this.#pauseMs, LONGEST_PAUSE_MS);
      process.emitWarning(`The SQL parser could not be started: ${this.#failure}`, {
        code: 'ROWHOUSE_PARSER',
      });
    }
  }
}

function ask(module: PgQueryModule, question: Question, text: string): string {
  const sizeBytes = module.lengthBytesUTF8(text) + 1;
  const address = module._malloc(sizeBytes);
  module.stringToUTF8(text, address, sizeBytes);
  const answer = module[question](address);
  const json = module.UTF8ToString(answer);
  module._wasm_free_string(answer);
  module._free(address);
  return json;
}
