import type { ClientBase, QueryConfig } from 'pg';
// @ts-expect-error The types of pg leave it out.
import utils from 'pg/lib/utils.js';
import { StatementRefusedError } from '../errors.js';
import { splitStatements } from '../statement/split-statements.js';
import { describeStatement, type StatementTraits } from '../statement/statement-traits.js';
import { bindAnswersToCaller, bindToCaller } from './caller-context.js';
import { copiesByClient } from './copy-texts.js';
import { type PgConnection, PgQuery, type Submittable, type WireStream } from './pg-internals.js';

/** One statement of a script. */
export interface ScriptStatement {
  readonly text: string;
  readonly values?: readonly unknown[] | undefined;
}

/** A form of `query()` that pg does not have: statements, each with its values, sent as one batch. */
interface Script {
  readonly script: readonly ScriptStatement[];
}

/** Several statements, sent as one batch: one implicit transaction, as in the simple protocol. */
class ScriptQuery extends PgQuery {
  readonly #statements: readonly ScriptStatement[];

  constructor(config: unknown, values: unknown, callback: unknown, statements: readonly ScriptStatement[]) {
    super(config, values, callback);
    this.#statements = statements;
  }

  override submit(connection: PgConnection): Error | null | undefined {
    if (!this.#statements.some(({ text }) => copiesByClient(text))) return super.submit(connection);
    return new StatementRefusedError(
      'COPY to or from the client must be a statement of its own, sent with pg-copy-streams.',
    );
  }

  override prepare(connection: PgConnection): void {
    for (const { text, values = [] } of this.#statements) {
      connection.parse({ text });
      connection.bind({ values, valueMapper: utils.prepareValue });
      connection.describe({ type: 'P', name: '' });
      connection.execute({});
    }
    connection.sync();
  }

  /** pg's own query object would send a text without values by the simple protocol. */
  requiresPreparation(): boolean {
    return true;
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
 * @throws {StatementRefusedError} for transaction control.
 */
export async function runScript(
  client: Pick<ClientBase, 'query'>,
  script: readonly ScriptStatement[],
): Promise<void> {
  if (script.length > 0) await client.query({ script } as unknown as QueryConfig);
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

/**
 * Makes the query object for the arguments of `query()`: a text, a config, or a query object, which stays as it is.
 * Texts always use the extended protocol: with the simple one the server would run what follows a COMMIT in the text.
 */
function toQuery(config: unknown, values: unknown, callback: unknown): Submittable {
  if (config == null) throw new TypeError('query() was called without a query.');
  if (isSubmittable(config)) {
    if (config instanceof PgQuery) config.queryMode = 'extended';
    const done = typeof values === 'function' ? values : callback;
    if (!config.callback && typeof done === 'function') config.callback = done as Submittable['callback'];
    return config;
  }
  if (isScript(config)) {
    const statements = config.script.flatMap(oneByOne);
    const text = statements.map((statement) => statement.text).join(';\n');
    return asExtended(new ScriptQuery({ text }, values, callback, statements));
  }
  let query = new PgQuery(config, values, callback);
  const isPlain = !query.name && !query.values?.length;
  if (isPlain && query.text && describeStatement(query.text).statements.length > 1) {
    const statements = splitStatements(query.text).map((text) => ({ text }));
    query = new ScriptQuery(config, values, callback, statements);
  }
  const { query_timeout: timeoutMs } = config as { query_timeout?: number };
  if (timeoutMs) query.query_timeout = timeoutMs;
  return asExtended(query);
}

/** A text without values may hold several statements. */
function oneByOne({ text, values }: ScriptStatement): ScriptStatement[] {
  if (values && values.length > 0) return [{ text, values }];
  return splitStatements(text).map((part) => ({ text: part }));
}

function asExtended(query: PgQuery): PgQuery {
  query.queryMode = 'extended';
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

/**
 * Describes a query and refuses what cannot be pinned.
 *
 * @throws {StatementRefusedError} for transaction control beside other statements or inside a stream, for
 *   several statements with parameters, and for query objects that do not show their text.
 */
export function admit(query: Submittable): StatementTraits {
  const traits = describeStatement(textOf(query));
  const severalStatements = traits.statements.length > 1;
  if (traits.isTransactionControl && (severalStatements || !(query instanceof PgQuery))) {
    throw new StatementRefusedError(
      'Transaction control must be a statement of its own: what follows it would run without its pin.',
    );
  }
  // The server does not check texts of the simple protocol, so there any semicolon counts, quoted or not.
  const mayHoldSeveral = severalStatements || (!sharesItsBatch(query) && /;\s*\S/.test(textOf(query)));
  if (mayHoldSeveral && !(query instanceof ScriptQuery)) {
    throw new StatementRefusedError(
      'Several statements in one text cannot have parameters or a name, or be a stream.',
    );
  }
  // A named statement that is sent without its text may do anything.
  return textOf(query) === '' ? { ...traits, mayUnpin: true } : traits;
}

/** Empty for a named statement that is sent without its text. Cursors and streams hold their text one level down. */
export function textOf(query: Submittable): string {
  const { text, name, cursor } = query as { text?: unknown; name?: unknown; cursor?: { text?: unknown } };
  if (typeof text === 'string') return text;
  if (typeof cursor?.text === 'string') return cursor.text;
  if (query instanceof PgQuery && typeof name === 'string') return '';
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

  /** pg reports a value that it cannot send while it writes, and its listener may close the connection at once. */
  destroy(error?: Error): void {
    this.#socket.destroy(error);
  }
}
