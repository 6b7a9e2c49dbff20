/** The part of libpg-query's Emscripten module that `sql-parser.ts` uses; the package's own types leave it out. */
declare module 'libpg-query/wasm/libpg-query.js' {
  export interface PgQueryModule {
    lengthBytesUTF8(text: string): number;
    stringToUTF8(text: string, address: number, sizeBytes: number): void;
    UTF8ToString(address: number): string;
    _malloc(sizeBytes: number): number;
    _free(address: number): void;
    /** The syntax tree as JSON, or the parser's error message. */
    _wasm_parse_query(address: number): number;
    _wasm_free_string(address: number): void;
  }
  const instantiate: () => Promise<PgQueryModule>;
  export default instantiate;
}
