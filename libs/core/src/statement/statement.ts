import { LRUCache } from 'lru-cache';
import { PIN_CHANGING_SQL } from '../pin/pin.js';

/** What the pool needs to know of a statement's text before it is sent. */
export interface StatementTraits {
  /** The statements of the text, without comments between them. One for nearly all texts. */
  readonly statements: readonly string[];
  /** BEGIN, COMMIT, ROLLBACK, SAVEPOINT and their kin, and SET TRANSACTION: sent bare, they read no data. */
  readonly isTransactionControl: boolean;
  /** The connection may hold something of the statement after its transaction has ended. */
  readonly leavesSessionState: boolean;
  /** It refuses to run in a transaction, a batch's included. */
  readonly nonTransactional: boolean;
  /** DO and CALL: they may commit half-way. */
  readonly isProcedural: boolean;
  /** The statement may change pinned settings itself. */
  readonly mayUnpin: boolean;
}

const TRANSACTION_CONTROL =
  /^(?:begin|start|commit|end|rollback|abort|savepoint|release|prepare\s+transaction|set\s+transaction)\b/i;

const PROCEDURAL = /^(?:do|call)\b/i;

/** Manual, the notes of each command; CONCURRENTLY of an index, and commands on what lies beside the database. */
const NON_TRANSACTIONAL =
  /^(?:vacuum|(?:create|drop)\s+(?:database|tablespace|subscription)|alter\s+system|(?:create\s+(?:unique\s+)?|drop\s+)index\s+concurrently|reindex\b.*\bconcurrently|alter\s+table\b.*\bdetach\s+partition\b.*\bconcurrently)\b/is;

const SETS = /^(?:set|reset|discard|do|call)\b/i;

/** Session state by leading keyword … */
const SESSION_STATE =
  /^(?:set(?!\s+(?:local|transaction|constraints)\b)|listen|load|discard|deallocate|prepare(?!\s+transaction\b)|do|call)\b/i;
/** … and wherever it stands: session advisory locks, cursors that outlive their transaction … */
const SESSION_STATE_INSIDE = /\bpg_(?:try_)?advisory_lock(?:_shared)?\s*\(|\bwith\s+hold\b|\bsetseed\s*\(/i;
/** A name written with escapes may be any name. */
const ESCAPED_NAME = /\bu&"/i;
/** … temporary relations, unless they end with their transaction. */
const TEMPORARY =
  /\b(?:temp|temporary)\s+(?:table|view|sequence|recursive)\b|\binto\s+(?:(?:local|global)\s+)?(?:temp|temporary)\b|\bpg_temp\b/i;
const ON_COMMIT_DROP = /\bon\s+commit\s+drop\b/i;

/** An application sends few texts, many times. Generated monsters are described anew rather than kept. */
const described = new LRUCache<string, StatementTraits>({ max: 1_000 });
const MAX_KEPT_LENGTH = 8_192;

/** Describes a text; the description of a text seen before costs a look-up. */
export function describeStatement(text: string): StatementTraits {
  if (text.length > MAX_KEPT_LENGTH) return describe(text);
  let traits = described.get(text);
  if (!traits) {
    traits = describe(text);
    described.set(text, traits);
  }
  return traits;
}

function describe(text: string): StatementTraits {
  const statements = splitStatements(text);
  const bare = statements.map(bareStatement);
  const changesPin =
    PIN_CHANGING_SQL.test(text) || bare.some((statement) => PIN_CHANGING_SQL.test(statement));
  return {
    statements,
    isTransactionControl: bare.some((statement) => TRANSACTION_CONTROL.test(statement)),
    leavesSessionState: changesPin || ESCAPED_NAME.test(text) || bare.some(leavesSessionState),
    nonTransactional: bare.some((statement) => NON_TRANSACTIONAL.test(statement)),
    isProcedural: bare.some((statement) => PROCEDURAL.test(statement)),
    mayUnpin: changesPin || bare.some((statement) => SETS.test(statement)),
  };
}

function leavesSessionState(statement: string): boolean {
  if (SESSION_STATE.test(statement) || SESSION_STATE_INSIDE.test(statement)) return true;
  return TEMPORARY.test(statement) && !ON_COMMIT_DROP.test(statement);
}

/** A statement with comments as blanks, names without quotes and strings emptied: what its words are. */
function bareStatement(statement: string): string {
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

/**
 * Splits a text at the semicolons between its statements, and drops leading comments.
 *
 * Each part is sent by the extended protocol, where the server itself refuses a part that holds more
 * than one statement (manual, 54.2.3 "Extended Query"). A wrong split is therefore an error, never a hole.
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

/** Follows the body of a routine in SQL, which holds semicolons (manual, CREATE FUNCTION, "sql_body"). */
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

/** A carriage return ends a line comment too. */
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
 * A string goes on, escapes and all, in the next one when a line ends between the two, comments or not (manual,
 * 4.1.2.1 "String Constants"). Answers where that one begins.
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
  // Inside a name a dollar is a letter.
  if (!tag || /[A-Za-z0-9_$\u0080-\uffff]/.test(text[from - 1] ?? ' ')) return from + 1;
  const end = text.indexOf(tag, from + tag.length);
  return end === -1 ? text.length : end + tag.length;
}
