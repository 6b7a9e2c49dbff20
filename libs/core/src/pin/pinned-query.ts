import type { ClientBase, QueryConfig } from 'pg';
// @ts-expect-error The types of pg leave it out.
import utils from 'pg/lib/utils.js';
import { StatementRefusedError } from '../errors.js';
import { describeStatement, type StatementTraits, splitStatements } from '../statement/statement.js';
import { type PgConnection, PgQuery, type Submittable } from './pg-internals.js';

/** One statement of a script. */
export interface ScriptStatement {
  readonly text: string;
  readonly values?: readonly unknown[] | undefined;
}

/** What `query()` takes beside pg's own forms: statements, each with its values, to be sent as one batch. */
interface Script {
  readonly script: readonly ScriptStatement[];
}

/** Several statements, sent as one batch: one implicit transaction, as the simple protocol has it. */
class ScriptQuery extends PgQuery {
  readonly #statements: readonly ScriptStatement[];

  constructor(config: unknown, values: unknown, callback: unknown, statements: readonly ScriptStatement[]) {
    super(config, values, callback);
    this.#statements = statements;
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

  /** pg's own sends a text without values by the simple protocol. */
  requiresPreparation(): boolean {
    return true;
  }
}

function isScript(config: unknown): config is Script {
  return Array.isArray((config as Partial<Script> | null)?.script);
}

/**
 * Sends statements as one batch, in one round trip: outside of a transaction they are one of their own. None of them may be
 * transaction control.
 *
 * @param client - what a {@link TenantPool} handed out.
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
 * Makes the query object for what was handed to `query()`: a text, a config, or a query object as it is.
 * Texts always go by the extended protocol: the simple one would run what follows a COMMIT in the same text.
 */
export function toQuery(config: unknown, values: unknown, callback: unknown): Submittable {
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
 * True for query objects that speak the extended protocol and send the Sync of their batch themselves, after an error
 * too, so that a pin may go in front: pg's own, and cursors. A cursor has to be written at once, since closing it
 * before that does nothing and it would stay open.
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
  // What goes by the simple protocol is not checked by the server: there no semicolon is trusted, quoted or not.
  const mayHoldSeveral = severalStatements || (!sharesItsBatch(query) && /;\s*\S/.test(textOf(query)));
  if (mayHoldSeveral && !(query instanceof ScriptQuery)) {
    throw new StatementRefusedError(
      'Several statements in one text cannot have parameters or a name, or be a stream.',
    );
  }
  // What a named statement sent without its text does is not known.
  return textOf(query) === '' ? { ...traits, mayUnpin: true } : traits;
}

/** A named statement may come without its text; cursors and streams carry it one level down. */
export function textOf(query: Submittable): string {
  const { text, name, cursor } = query as { text?: unknown; name?: unknown; cursor?: { text?: unknown } };
  if (typeof text === 'string') return text;
  if (typeof cursor?.text === 'string') return cursor.text;
  if (query instanceof PgQuery && typeof name === 'string') return '';
  throw new StatementRefusedError('A query object that does not show its text cannot be pinned to a tenant.');
}
