/** The part of libpg-query's Emscripten module that is used here. */
interface PgQueryModule {
  lengthBytesUTF8(text: string): number;
  stringToUTF8(text: string, address: number, sizeBytes: number): void;
  UTF8ToString(address: number): string;
  _malloc(sizeBytes: number): number;
  _free(address: number): void;
  /** The syntax tree as JSON, or the parser's error message. */
  _wasm_parse_query(address: number): number;
  _wasm_free_string(address: number): void;
}

type Instantiate = () => Promise<PgQueryModule>;

/** The syntax tree of a text, or why there is none. */
export type ParsedText =
  | { readonly statements: readonly unknown[] }
  | {
      readonly error: string;
      /** False when another attempt with the same text may succeed. */
      readonly isFinal: boolean;
    };

/**
 * Characters that server and parser read differently: the server ends a text at NUL, and lone surrogates have no UTF-8.
 */
const UNSENDABLE = /[\0\p{Surrogate}]/u;

/**
 * PostgreSQL's own parser (libpg-query, compiled to WASM).
 *
 * The package's `parseSync` is not used, because it has one instance of the parser and no way to make another. An
 * expression nested some thousand levels deep overflows the stack in the middle of the parser, which corrupts its
 * memory: after some thirty such texts the package's instance returned nonsense. Here an instance that fails in any other
 * way than by a syntax error is replaced.
 */
export class SqlParser {
  readonly #instantiate: Instantiate;
  #module: PgQueryModule | undefined;
  #replacement: Promise<void> | undefined;

  private constructor(instantiate: Instantiate, module: PgQueryModule) {
    this.#instantiate = instantiate;
    this.#module = module;
  }

  /** Takes some 30 ms. */
  static async load(): Promise<SqlParser> {
    // @ts-expect-error The package has types for its wrapper only.
    const wasm: { default: Instantiate } = await import('libpg-query/wasm/libpg-query.js');
    const instantiate = wasm.default;
    return new SqlParser(instantiate, await instantiate());
  }

  parse(text: string): ParsedText {
    if (text === '') return { statements: [] };
    if (UNSENDABLE.test(text)) {
      return { error: 'the text holds a NUL or half a surrogate pair', isFinal: true };
    }
    const module = this.#module;
    if (!module) {
      this.#replaceModule();
      return { error: 'the parser is starting anew after a text it broke on', isFinal: false };
    }
    try {
      const answer = ask(module, text);
      // Error messages begin with words.
      if (!answer.startsWith('{')) return { error: answer, isFinal: true };
      return { statements: (JSON.parse(answer) as { stmts: unknown[] }).stmts };
    } catch {
      this.#replaceModule();
      return { error: 'the text is nested too deeply for the parser', isFinal: false };
    }
  }

  /**
   * While the new instance loads, texts that are not in a cache cannot be parsed. If loading fails, the next text
   * starts it again.
   */
  #replaceModule(): void {
    this.#module = undefined;
    this.#replacement ??= this.#instantiate()
      .then(
        (module) => {
          this.#module = module;
        },
        () => {},
      )
      .finally(() => {
        this.#replacement = undefined;
      });
  }
}

function ask(module: PgQueryModule, text: string): string {
  const sizeBytes = module.lengthBytesUTF8(text) + 1;
  const question = module._malloc(sizeBytes);
  module.stringToUTF8(text, question, sizeBytes);
  const answer = module._wasm_parse_query(question);
  const json = module.UTF8ToString(answer);
  module._wasm_free_string(answer);
  module._free(question);
  return json;
}
