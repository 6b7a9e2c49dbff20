/** A part of a dump, in the order of the text. */
export interface DumpPart {
  /** `copy` is a `COPY … FROM stdin` with its rows; `command` is a command of psql, such as `\connect`. */
  readonly kind: 'statement' | 'copy' | 'command';
  readonly text: string;
  /** The line where it begins, from 1. */
  readonly line: number;
  /** The rows of a `copy`, without the `\.` at their end. */
  readonly rows: string;
}

const TOKEN =
  /--[^\n]*|\/\*|'|"|\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$|[();\\]|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*|[^\s\w]|\d[\w$]*/g;
const COPY = /^copy\b[\s\S]*\bfrom\s+(?:stdin|pstdin)\b/i;
const ROUTINE = /^create\s+(?:or\s+replace\s+)?(?:function|procedure)\b/i;

/** Splits a dump as psql does (https://www.postgresql.org/docs/current/app-psql.html). */
export function splitDump(text: string): DumpPart[] {
  return new DumpSplitter(text).parts();
}

class DumpSplitter {
  readonly #text: string;
  readonly #parts: DumpPart[] = [];
  #start: number | undefined;
  #parentheses = 0;
  /** Open `BEGIN ATOMIC` and `CASE` of a routine with an SQL-standard body. */
  #blocks = 0;
  #at = 0;
  #line = 1;
  #counted = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parts(): DumpPart[] {
    for (let token = this.#next(); token !== undefined; token = this.#next()) this.#read(token);
    this.#end(this.#text.length);
    return this.#parts;
  }

  #next(): string | undefined {
    TOKEN.lastIndex = this.#at;
    const token = TOKEN.exec(this.#text)?.[0];
    if (token !== undefined) this.#at = TOKEN.lastIndex;
    return token;
  }

  #read(token: string): void {
    const from = this.#at - token.length;
    const isEnd = token === ';' && this.#parentheses === 0 && this.#blocks === 0;
    if (token.startsWith('--')) {
      // A comment goes to the end of its line.
    } else if (token === '/*') this.#skipComment();
    else if (token === '\\') this.#readCommand(from);
    else if (isEnd) this.#endStatement(from);
    else {
      this.#start ??= from;
      this.#readWithin(token, from);
    }
  }

  #readWithin(token: string, from: number): void {
    if (token === "'") this.#skipString(/e/i.test(this.#text[from - 1] ?? '') && this.#isPrefix(from - 1));
    else if (token === '"') this.#skipTo('"');
    else if (token.length > 1 && token.startsWith('$')) this.#skipTo(token);
    else if (token === '(') this.#parentheses += 1;
    else if (token === ')') this.#parentheses = Math.max(0, this.#parentheses - 1);
    else this.#readWord(token.toLowerCase());
  }

  #isPrefix(at: number): boolean {
    return !/[\w$]/.test(this.#text[at - 1] ?? ' ');
  }

  #readWord(word: string): void {
    if (this.#parentheses > 0 || !/^(?:begin|case|end)$/.test(word)) return;
    if (this.#start === undefined || !ROUTINE.test(this.#text.slice(this.#start, this.#start + 60))) return;
    if (word === 'begin' || (word === 'case' && this.#blocks > 0)) this.#blocks += 1;
    if (word === 'end' && this.#blocks > 0) this.#blocks -= 1;
  }

  #skipTo(mark: string): void {
    const end = this.#text.indexOf(mark, this.#at);
    this.#at = end < 0 ? this.#text.length : end + mark.length;
  }

  #skipString(hasEscapes: boolean): void {
    if (!hasEscapes) {
      this.#skipTo("'");
      return;
    }
    const mark = /['\\]/g;
    for (;;) {
      mark.lastIndex = this.#at;
      const found = mark.exec(this.#text)?.[0];
      this.#at = found === undefined ? this.#text.length : mark.lastIndex + (found === '\\' ? 1 : 0);
      if (found !== '\\') return;
    }
  }

  #skipComment(): void {
    const mark = /\/\*|\*\//g;
    for (let depth = 1; depth > 0; ) {
      mark.lastIndex = this.#at;
      const found = mark.exec(this.#text);
      if (!found) this.#at = this.#text.length;
      else this.#at = mark.lastIndex;
      depth += found?.[0] === '/*' ? 1 : -1;
    }
  }

  #readCommand(from: number): void {
    // What was written so far belongs to the command: `select … \gset`.
    const start = this.#start ?? from;
    this.#skipLine();
    this.#add('command', start, this.#at);
  }

  #skipLine(): void {
    const end = this.#text.indexOf('\n', this.#at);
    this.#at = end < 0 ? this.#text.length : end + 1;
  }

  #endStatement(at: number): void {
    const isCopy = this.#start !== undefined && COPY.test(this.#text.slice(this.#start, at));
    if (isCopy) this.#endCopy(at);
    else this.#end(at);
  }

  #endCopy(at: number): void {
    this.#skipLine();
    const rest = this.#text.slice(this.#at);
    const mark = /^\\\.\r?$/m.exec(rest);
    const rows = rest.slice(0, mark?.index ?? rest.length);
    this.#at += mark ? mark.index + mark[0].length : rest.length;
    this.#add('copy', this.#start ?? at, at, rows);
  }

  #end(at: number): void {
    if (this.#start !== undefined) this.#add('statement', this.#start, at);
    this.#blocks = 0;
  }

  #add(kind: DumpPart['kind'], start: number, end: number, rows = ''): void {
    for (; this.#counted < start; this.#counted += 1)
      if (this.#text.charCodeAt(this.#counted) === 10) this.#line += 1;
    this.#parts.push({ kind, text: this.#text.slice(start, end).trim(), line: this.#line, rows });
    this.#start = undefined;
    this.#parentheses = 0;
  }
}
