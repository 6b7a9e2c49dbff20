import type { ClientBase, QueryConfig, QueryResult } from 'pg';
// @ts-expect-error The types of pg leave it out.
import utils from 'pg/lib/utils.js';
import { serialize } from 'pg-protocol';
import { StatementRefusedError } from '../errors.js';
import type { TextFacts } from '../statement/statement-facts.js';
import { type StatementTraits, unionOf } from '../statement/statement-traits.js';
import { bindAnswersToCaller, bindToCaller } from './caller-context.js';
import {
  type FieldDescription,
  type PgConnection,
  PgQuery,
  type ServerError,
  type Submittable,
  type TextParser,
  type WireStream,
} from './pg-internals.js';
import { ScriptPin } from './pin.js';
import type { PreparedStatement } from './prepared-statements.js';
import type { RowReader } from './row-reader.js';

/** One statement of a script. */
export interface ScriptStatement {
  readonly text: string;
  readonly values?: readonly unknown[] | undefined;
}

/** A form of `query()` that pg does not have: statements, each with its values, sent as one batch. */
interface Script {
  readonly script: readonly ScriptStatement[];
}

/** Which statement of a batch the server refused. */
const failedStatements = new WeakMap<object, number>();

/**
 * Which statement of a text or a script an error of the server is about: 0 for the first.
 *
 * @param error - of pg, or of TypeORM around it.
 * @returns `undefined` when there was only one.
 */
export function failedStatementOf(error: unknown): number | undefined {
  const { driverError = error } = Object(error) as { driverError?: unknown };
  return failedStatements.get(Object(driverError));
}

/**
 * A query of a text. Several statements are sent as one batch of the extended protocol: one implicit transaction, as in the
 * simple protocol, in which the server would run what follows a COMMIT.
 */
export class TextQuery extends PgQuery {
  /** Left out, the query is one statement. */
  script: readonly ScriptStatement[] | undefined;
  /** Left out, the text is parsed. */
  prepared: PreparedStatement | undefined;
  #done = 0;
  /** Of what is prepared, when the server has described its rows. */
  #reader: RowReader | undefined;

  constructor(config: unknown, values: unknown, callback: unknown, script?: readonly ScriptStatement[]) {
    super(config, values, callback);
    this.script = script;
    this.queryMode = 'extended';
  }

  /** Whether it is one statement, with nothing of the protocol that its caller asks for. */
  get isPlain(): boolean {
    const { script, name, rows, types, binary, portal } = this;
    return !script && !name && !rows && !types && !binary && !portal;
  }

  override prepare(connection: PgConnection): void {
    if (this.prepared) {
      this.#write(connection, this.prepared);
      return;
    }
    if (!this.script) {
      super.prepare(connection);
      return;
    }
    for (const { text, values = [] } of this.script) {
      connection.parse({ text });
      connection.bind({ values, valueMapper: utils.prepareValue });
      connection.describe({ type: 'P', name: '' });
      connection.execute({});
    }
    connection.sync();
  }

  #write(connection: PgConnection, prepared: PreparedStatement): void {
    const { name = '', introduction, fields } = prepared;
    let bind: Uint8Array;
    try {
      bind = serialize.bind({
        statement: name,
        values: [...(this.values ?? [])],
        valueMapper: utils.prepareValue,
      });
    } catch {
      // A value that cannot be sent: pg reports it.
      this.prepared = undefined;
      super.prepare(connection);
      return;
    }
    for (const message of introduction) connection.stream.write(message);
    connection.stream.write(bind);
    connection.execute({});
    connection.sync();
    if (fields) this.#expectRowsOf(prepared, fields);
  }

  /** As pg does when the server describes the rows. */
  #expectRowsOf(prepared: PreparedStatement, fields: readonly FieldDescription[]): void {
    const result = this._result;
    const parsers: TextParser[] = [];
    for (const { dataTypeID } of fields) parsers.push(result._types.getTypeParser(dataTypeID, 'text'));
    result._parsers = parsers;
    result.fields = [...fields];
    result._prebuiltEmptyResultObject = prepared.emptyRow;
    this._accumulateRows = true;
    if (!result.rowAsArray) this.#reader = prepared.readerOf(fields, parsers);
  }

  /** Whether its rows are read from bytes. */
  get takesRows(): boolean {
    return this.#reader !== undefined;
  }

  /** A row, as pg's `handleDataRow` takes one. @param at - where the body of its message begins. */
  takeRow(bytes: Buffer, at: number): void {
    if (this._canceledDueToError) return;
    try {
      this._result.addRow((this.#reader as RowReader).read(bytes, at));
    } catch (error) {
      this._canceledDueToError = error;
    }
  }

  override handleRowDescription(message: { readonly fields: readonly FieldDescription[] }): void {
    super.handleRowDescription(message);
    this.prepared?.describedRows(message.fields, this._result._prebuiltEmptyResultObject);
  }

  override handleCommandComplete(message: object, connection: PgConnection): void {
    this.#done += 1;
    super.handleCommandComplete(message, connection);
  }

  override handleEmptyQuery(connection: PgConnection): void {
    this.#done += 1;
    super.handleEmptyQuery(connection);
  }

  override handleError(error: ServerError, connection: PgConnection): void {
    if (this.script && this.script.length > 1 && error.severity) failedStatements.set(error, this.#done);
    super.handleError(error, connection);
  }
}

function isScript(config: unknown): config is Script {
  return Array.isArray((config as Partial<Script> | null)?.script);
}

/**
 * Sends statements as one batch, in one round trip. Outside of a transaction the batch is a transaction of its own. None
 * of the statements may be transaction control.
 *
 * @param client - a client of a {@link TenantPool}.
 * @returns what each has answered.
 * @throws {StatementRefusedError} for transaction control.
 */
export async function runScript(
  client: Pick<ClientBase, 'query'>,
  script: readonly ScriptStatement[],
): Promise<readonly QueryResult[]> {
  if (script.length === 0) return [];
  // pg has one result for one statement, and else a list.
  const results: QueryResult | QueryResult[] = await client.query({ script } as unknown as QueryConfig);
  return [results].flat();
}

function isSubmittable(config: unknown): config is Submittable {
  return typeof (config as Partial<Submittable> | null)?.submit === 'function';
}

/**
 * `pg.Client.query` in all its forms: makes the query object, passes it to `send`, and returns a promise, or nothing where
 * there is a callback, or what `send` returned for a query object of the caller's.
 *
 * Callbacks and the listeners of query objects run in the caller's async context.
 */
export function runQuery(
  send: (query: Submittable) => unknown,
  config: unknown,
  values?: unknown,
  callback?: unknown,
): unknown {
  const query = toQuery(config, values, callback);
  if (query === config) return send(bindAnswersToCaller(query));
  if (query.callback) {
    const done = throwLater(bindToCaller(query.callback));
    query.callback = done;
    try {
      send(query);
    } catch (error) {
      process.nextTick(done, error);
    }
    return undefined;
  }
  return new Promise((resolve, reject) => {
    query.callback = (error, result) => (error ? reject(error) : resolve(result));
    send(query);
  }).catch((error: unknown) => {
    // As pg does: the caller's stack is more useful than the socket's.
    if (error instanceof Error) Error.captureStackTrace(error);
    throw error;
  });
}

/** As pg does for results: what a callback throws is its caller's to see, and no fault of the connection. */
function throwLater<Args extends unknown[]>(callback: (...args: Args) => void): (...args: Args) => void {
  return (...args) => {
    try {
      callback(...args);
    } catch (error) {
      process.nextTick(() => {
        throw error;
      });
    }
  };
}

/** Makes the query object for the arguments of `query()`: a text, a config, or a query object, which stays as it is. */
function toQuery(config: unknown, values: unknown, callback: unknown): Submittable {
  if (config == null) throw new TypeError('query() was called without a query.');
  if (isSubmittable(config)) {
    if (config instanceof PgQuery) config.queryMode = 'extended';
    const done = typeof values === 'function' ? values : callback;
    if (!config.callback && typeof done === 'function') config.callback = done as Submittable['callback'];
    return config;
  }
  if (isScript(config)) {
    const text = config.script.map((statement) => statement.text).join(';\n');
    return new TextQuery({ text }, values, callback, config.script);
  }
  const query = new TextQuery(config, values, callback);
  const { query_timeout: timeoutMs } = config as { query_timeout?: number };
  if (timeoutMs) query.query_timeout = timeoutMs;
  return query;
}

/**
 * True for query objects that use the extended protocol and send the Sync of their batch themselves, after an error too,
 * so that a pin may go in front: pg's own, and cursors. A cursor has to be written at once: closing it before that does
 * nothing, and it would stay open.
 */
export function sharesItsBatch(query: Submittable): boolean {
  return query instanceof PgQuery || isCursor(query);
}

/** A pg-cursor, or a pg-query-stream around one. */
function isCursor(query: Submittable): boolean {
  const { cursor = query } = query as { cursor?: unknown };
  return typeof cursor === 'object' && cursor !== null && '_portal' in cursor;
}

/** The texts that a query sends, without pins. */
export function textsOf(query: Submittable): readonly string[] {
  if (query instanceof TextQuery && query.script)
    return query.script.filter((part) => !(part instanceof ScriptPin)).map(({ text }) => text);
  return [textOf(query)];
}

/** Whether a query pins the rest of its transaction to something else. */
export function holdsPin(query: Submittable): boolean {
  return query instanceof TextQuery && query.script?.some((part) => part instanceof ScriptPin) === true;
}

/**
 * The traits of a query whose texts have been read. Texts of several statements are taken apart, so that each is sent by
 * itself. Refuses what cannot be pinned.
 *
 * @param facts - of each of its texts.
 * @throws {StatementRefusedError} for transaction control beside other statements or inside a stream, for
 *   several statements with parameters, and for texts that cannot be read.
 */
export function admit(query: Submittable, facts: readonly TextFacts[]): StatementTraits {
  const unreadable = facts.find((fact) => fact.unreadable !== undefined);
  if (unreadable) {
    throw new StatementRefusedError(
      `The statement was not sent, because what it does is not known: ${unreadable.unreadable}.`,
    );
  }
  const traits = unionOf(facts.map((fact) => fact.traits));
  const severalStatements = facts.reduce((count, { statements }) => count + statements.length, 0) > 1;
  if (traits.isTransactionControl && (severalStatements || !(query instanceof PgQuery))) {
    throw new StatementRefusedError(
      'Transaction control must be a statement of its own: what follows it would run without its pin.',
    );
  }
  if (traits.copiesByClient && severalStatements && query instanceof TextQuery) {
    // The server would take the next statement for data, and end the connection.
    throw new StatementRefusedError(
      'COPY to or from the client must be a statement of its own, sent with pg-copy-streams.',
    );
  }
  if (severalStatements && query instanceof TextQuery) takeApart(query, facts);
  // The server does not check texts of the simple protocol, so there any semicolon counts, quoted or not.
  const mayHoldSeveral = severalStatements || (!sharesItsBatch(query) && /;\s*\S/.test(textOf(query)));
  if (mayHoldSeveral && !(query instanceof TextQuery && query.script)) {
    throw new StatementRefusedError(
      'Several statements in one text cannot have parameters or a name, or be a stream.',
    );
  }
  return traits;
}

/** A text without values may hold several statements. */
function takeApart(query: TextQuery, facts: readonly TextFacts[]): void {
  if (query.name || query.values?.length) return;
  const script: readonly ScriptStatement[] = query.script ?? [{ text: textOf(query) }];
  const read = facts.values();
  query.script = script.flatMap((part) => {
    if (part instanceof ScriptPin) return [part];
    const { value: fact } = read.next();
    if (part.values && part.values.length > 0) return [part];
    return fact?.statements.map(({ text }) => ({ text })) ?? [];
  });
}

/** Cursors and streams hold their text one level down. */
export function textOf(query: Submittable): string {
  const { text, cursor } = query as { text?: unknown; cursor?: { text?: unknown } };
  if (typeof text === 'string') return text;
  if (typeof cursor?.text === 'string') return cursor.text;
  throw new StatementRefusedError('A query object that does not show its text cannot be pinned to a tenant.');
}

/**
 * Sends `prelude` and what `submit` writes to the connection in one write to the socket.
 *
 * pg corks the socket and writes each message separately; one buffer is a cheaper system call than many
 * (measured: two thirds of the time that the application spends on a small statement).
 *
 * @returns what `submit` returned. An error means that pg refused the query. Then nothing is sent, not even the
 *   prelude, because no query would wait for its answer.
 */
export function writeAsOne(
  connection: PgConnection,
  prelude: readonly Uint8Array[],
  submit: () => Error | null | undefined,
): Error | null | undefined {
  const socket = connection.stream;
  const messages = [...prelude];
  connection.stream = new GatheringStream(messages, socket);
  let refusal: Error | null | undefined;
  try {
    refusal = submit();
  } finally {
    connection.stream = socket;
  }
  if (!refusal && socket.writable) socket.write(Buffer.concat(messages));
  return refusal;
}

/** Takes the place of the socket while a query writes its messages. */
class GatheringStream implements WireStream {
  readonly writable = true;
  readonly #messages: Uint8Array[];
  readonly #socket: WireStream;

  constructor(messages: Uint8Array[], socket: WireStream) {
    this.#messages = messages;
    this.#socket = socket;
  }

  cork(): void {}

  uncork(): void {}

  write(bytes: Uint8Array): void {
    this.#messages.push(bytes);
  }

  pause(): void {
    this.#socket.pause();
  }

  /** pg reports a value that it cannot send while it writes, and its listener may close the connection at once. */
  destroy(error?: Error): void {
    this.#socket.destroy(error);
  }
}
