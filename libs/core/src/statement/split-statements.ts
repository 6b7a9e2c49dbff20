/**
 * Splits a text at the semicolons between its statements, and drops leading comments.
 *
 * Each part is sent by the extended protocol, where the server itself refuses a part that holds more than one statement
 * (manual, 54.2.3 "Extended Query"). A wrong split therefore ends in an error, never in a statement without a pin.
 */
export function splitStatements(text: string): string[] {
  const parts: string[] = [];
  const mayHoldBodies = ATOMIC_BODY.test(text);
  let body = new AtomicBody();
  let start = 0;
  let position = skipBlank(text, 0);
  let begun = position;
  while (position < text.length) {
    const word = mayHoldBodies ? wordAt(text, position) : '';
    if (word !== '') {
      body.read(word);
      position += word.length;
    } else if (text[position] === ';' && !body.isOpen) {
      if (begun < position) parts.push(text.slice(begun, position));
      body = new AtomicBody();
      start = position + 1;
      begun = skipBlank(text, start);
      position = begun;
    } else {
      position = skipToken(text, position);
    }
  }
  if (begun < text.length) parts.push(text.slice(begun));
  return parts;
}

const ATOMIC_BODY = /\bbegin\b.*\batomic\b/is;
const ROUTINE = /^create (?:or replace )?(?:function|procedure)\b/;
const WORD = /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y;

/** The word that begins here; empty in the middle of one. */
function wordAt(text: string, position: number): string {
  if (/[\w$\u0080-\uffff]/.test(text[position - 1] ?? '')) return '';
  WORD.lastIndex = position;
  return WORD.exec(text)?.[0] ?? '';
}

/** Recognises the SQL body of a routine, which may hold semicolons (manual, CREATE FUNCTION, "sql_body"). */
class AtomicBody {
  #beginning = '';
  #previous = '';
  #depth = 0;

  get isOpen(): boolean {
    return this.#depth > 0;
  }

  read(written: string): void {
    const word = written.toLowerCase();
    if (this.#beginning.length < 40) this.#beginning += `${word} `;
    if (this.#depth === 0) {
      if (word === 'atomic' && this.#previous === 'begin' && ROUTINE.test(this.#beginning)) this.#depth = 1;
    } else if (word === 'case') {
      this.#depth += 1;
    } else if (word === 'end') {
      this.#depth -= 1;
    }
    this.#previous = word;
  }
}

/** The words of a statement: comments become blanks, names lose their quotes, and strings their content. */
export function bareStatement(statement: string): string {
  if (!/--|\/\*|['"$]/.test(statement)) return statement;
  let bare = '';
  let position = 0;
  while (position < statement.length) {
    const end = skipToken(statement, position);
    const token = statement.slice(position, end);
    if (token.length === 1) bare += token;
    else if (token.startsWith('"')) bare += token.slice(1, -1).replace(/\s/g, '_');
    else bare += token.startsWith("'") || token.startsWith('$') ? "''" : ' ';
    position = end;
  }
  return bare;
}

/** The position after white space and comments; block comments nest (manual, 4.1.5 "Comments"). */
function skipBlank(text: string, from: number): number {
  let position = from;
  for (;;) {
    const character = text[position];
    if (
      character === ' ' ||
      character === '\n' ||
      character === '\t' ||
      character === '\r' ||
      character === '\f' ||
      character === '\v'
    ) {
      position += 1;
    } else if (text.startsWith('--', position)) {
      position = endOfLine(text, position);
    } else if (text.startsWith('/*', position)) {
      position = endOfComment(text, position);
    } else {
      return position;
    }
  }
}

/** The position after the token that begins at `from`: a string, a quoted name, a comment, or one character. */
function skipToken(text: string, from: number): number {
  switch (text[from]) {
    case "'":
      return endOfQuoted(text, from, "'", isEscapeString(text, from));
    case '"':
      return endOfQuoted(text, from, '"', false);
    case '$':
      return endOfDollarQuoted(text, from);
    case '-':
      return text[from + 1] === '-' ? endOfLine(text, from) : from + 1;
    case '/':
      return text[from + 1] === '*' ? endOfComment(text, from) : from + 1;
    default:
      return from + 1;
  }
}

/** A carriage return also ends a line comment. */
const LINE_END = /[\n\r]/g;

function endOfLine(text: string, from: number): number {
  LINE_END.lastIndex = from;
  return LINE_END.exec(text) ? LINE_END.lastIndex : text.length;
}

function endOfComment(text: string, from: number): number {
  let depth = 0;
  let position = from;
  while (position < text.length) {
    if (text.startsWith('/*', position)) {
      depth += 1;
      position += 2;
    } else if (text.startsWith('*/', position)) {
      depth -= 1;
      position += 2;
      if (depth === 0) return position;
    } else {
      position += 1;
    }
  }
  return text.length;
}

/** In E'…' a backslash escapes the next character. */
function isEscapeString(text: string, quoteAt: number): boolean {
  return /(?:^|[^A-Za-z0-9_$\u0080-\uffff])[eE]$/.test(text.slice(Math.max(0, quoteAt - 2), quoteAt));
}

/**
 * Where a string continues. Two strings with a line end between them, and perhaps comments, are one string with the same
 * rule for escapes (manual, 4.1.2.1 "String Constants").
 */
function continuationOf(text: string, from: number): number | undefined {
  let lineEnded = false;
  for (let position = from; position < text.length; ) {
    if (text.startsWith('--', position)) {
      position = endOfLine(text, position);
      lineEnded = true;
    } else if (/[ \t\f\v\n\r]/.test(text[position] ?? '')) {
      lineEnded ||= text[position] === '\n' || text[position] === '\r';
      position += 1;
    } else {
      return lineEnded && text[position] === "'" ? position : undefined;
    }
  }
  return undefined;
}

function endOfQuoted(text: string, from: number, quote: string, backslashEscapes: boolean): number {
  for (let position = from + 1; position < text.length; position += 1) {
    if (backslashEscapes && text[position] === '\\') position += 1;
    else if (text[position] === quote) {
      const doubled = text[position + 1] === quote ? position + 1 : undefined;
      const next = doubled ?? (quote === "'" ? continuationOf(text, position + 1) : undefined);
      if (next === undefined) return position + 1;
      position = next;
    }
  }
  return text.length;
}

const DOLLAR_TAG = /\$(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?\$/y;

function endOfDollarQuoted(text: string, from: number): number {
  DOLLAR_TAG.lastIndex = from;
  const tag = DOLLAR_TAG.exec(text)?.[0];
  // Inside a name, a dollar sign is an ordinary character.
  if (!tag || /[A-Za-z0-9_$\u0080-\uffff]/.test(text[from - 1] ?? ' ')) return from + 1;
  const end = text.indexOf(tag, from + tag.length);
  return end === -1 ? text.length : end + tag.length;
}
