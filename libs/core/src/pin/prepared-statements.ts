import { serialize } from 'pg-protocol';
import type { TextFacts } from '../statement/statement-facts.js';
import type { ClosingStatements } from './closing-statements.js';
import type { FieldDescription, ServerError, TextParser } from './pg-internals.js';
import type { Pin } from './pin.js';
import { RowReader } from './row-reader.js';

/** A server's name for a statement. The guard lets no SQL name one that begins like this. */
const WIRE_PREFIX = 'rowhouse_sp';

/** The part of what a connection keeps that one tenant may have, where its limits say nothing else. */
const SHARE_OF_TENANT = 1 / 2;

/**
 * Types whose text the server reads with a loss that another type would not have: date, time, timestamp and their kinds with a zone,
 * real, char(n), "char", name and money, and arrays of them (pg_type.dat). A statement keeps the types of its parameters; were a column
 * altered from `date` to `timestamp`, its values would lose their time, and nobody would hear of it.
 */
const READ_WITH_LOSS = new Set([
  1082, 1083, 1114, 1184, 1266, 700, 1042, 18, 19, 790, 1182, 1183, 1115, 1185, 1270, 1021, 1014, 1002, 1003,
  791,
]);

/**
 * SQLSTATEs that a plan may have got from tables as they were (manual, Appendix A): of a changed result or a statement that is gone, of
 * names and types (class 42), and of values that do not fit the type of a parameter (class 22).
 */
const MAY_BE_STALE = /^(?:0A000|26000|42...|22...|XX000)$/;

export function mayBeStale({ code = '' }: ServerError): boolean {
  return MAY_BE_STALE.test(code);
}

/** A text that is sent for one pin on one connection. */
export class PreparedStatement {
  readonly text: string;
  /** What the server calls it; left out until the text is sent for the second time. */
  name: string | undefined;
  /** The server has parsed and described it. */
  isParsed = false;
  /** It is sent without a name, because of what its parameters are. */
  isUnfit = false;
  /** The columns of its rows; left out where it returns none, and until the server has described them. */
  fields: readonly FieldDescription[] | undefined;
  /** A row of nulls. */
  emptyRow: object | null = null;
  #reader: RowReader | undefined;

  constructor(text: string) {
    this.text = text;
  }

  /** The messages that parse and describe it; none when the server has done so. */
  get introduction(): readonly Uint8Array[] {
    const { text, name = '', isParsed } = this;
    if (isParsed) return [];
    return [serialize.parse({ text, name }), serialize.describe({ type: 'S', name })];
  }

  describedRows(fields: readonly FieldDescription[], emptyRow: object | null): void {
    this.fields = [...fields];
    this.emptyRow = emptyRow;
    this.#reader = undefined;
  }

  /** Reads its rows. */
  readerOf(fields: readonly FieldDescription[], parsers: readonly TextParser[]): RowReader {
    if (!this.#reader?.fits(parsers)) this.#reader = new RowReader(fields, parsers, this.emptyRow);
    return this.#reader;
  }

  /** The server has parsed it, and says which types its parameters have. */
  parsed(parameterTypes: readonly number[]): void {
    this.isParsed = true;
    this.isUnfit = parameterTypes.some((type) => READ_WITH_LOSS.has(type));
  }
}

/**
 * The statements that a connection has prepared by itself: a text that comes for the second time for the same pin is parsed under a name,
 * and then neither parsed, analysed nor described again.
 *
 * They belong to the pin as an object, which lives as long as the tenant that it was made of: when a tenant is read anew, because it or
 * its home was changed, its statements are prepared anew.
 */
export class PreparedStatements {
  readonly #max: number;
  /** Those used least recently come first. */
  readonly #byPin = new Map<Pin, Map<TextFacts, PreparedStatement>>();
  #size = 0;
  readonly #named = new Set<PreparedStatement>();
  readonly #closing: ClosingStatements;
  #made = 0;

  /** @param max - statements that are kept; 0 prepares none. */
  constructor(max: number, closing: ClosingStatements) {
    this.#max = max;
    this.#closing = closing;
  }

  /** How many the server has been given a name for. */
  get count(): number {
    return this.#named.size;
  }

  /** The statement as which a text is to be sent; `undefined` when it is sent without a name. */
  of(pin: Pin, facts: TextFacts): PreparedStatement | undefined {
    const { preparedStatements = this.#max * SHARE_OF_TENANT } = pin;
    const most = Math.min(preparedStatements, this.#max);
    if (!facts.isPlanned || most === 0) return undefined;
    const statements = this.#of(pin);
    const known = statements.get(facts);
    if (!known) {
      statements.set(facts, new PreparedStatement(facts.statements[0]?.text ?? ''));
      this.#size += 1;
      this.#bound(pin, statements, most);
      return undefined;
    }
    if (known.isUnfit) {
      this.drop(known);
      return undefined;
    }
    if (known.name === undefined) {
      this.#made += 1;
      known.name = WIRE_PREFIX + this.#made;
      this.#named.add(known);
    }
    return known;
  }

  /** It is parsed anew when it is sent again. */
  drop(statement: PreparedStatement): void {
    if (statement.name === undefined) return;
    this.#closing.add(statement.name);
    this.#named.delete(statement);
    statement.name = undefined;
    statement.isParsed = false;
    statement.fields = undefined;
  }

  /** The server has none left: DEALLOCATE ALL, DISCARD ALL. */
  clear(): void {
    this.#byPin.clear();
    this.#named.clear();
    this.#size = 0;
  }

  #of(pin: Pin): Map<TextFacts, PreparedStatement> {
    const statements = this.#byPin.get(pin) ?? new Map<TextFacts, PreparedStatement>();
    this.#byPin.delete(pin);
    this.#byPin.set(pin, statements);
    return statements;
  }

  /** Forgets the statements of pins that were not used lately; of a pin that has more than its most, its own. */
  #bound(pin: Pin, statements: Map<TextFacts, PreparedStatement>, most: number): void {
    if (statements.size > most) {
      const [oldest] = statements;
      if (oldest) this.#forget(statements, ...oldest);
    }
    for (const [oldest, itsStatements] of this.#byPin) {
      if (this.#size <= this.#max || oldest === pin) return;
      for (const each of itsStatements) this.#forget(itsStatements, ...each);
      this.#byPin.delete(oldest);
    }
  }

  #forget(
    statements: Map<TextFacts, PreparedStatement>,
    facts: TextFacts,
    statement: PreparedStatement,
  ): void {
    statements.delete(facts);
    this.#size -= 1;
    this.drop(statement);
  }
}
