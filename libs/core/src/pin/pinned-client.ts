import type pg from 'pg';
import { ConnectionLostError, StatementRefusedError } from '../errors.js';
import { affinityOf, placeOf, randomSeed } from '../pool/affinity.js';
import type { PoolObservation } from '../pool/pool-observation.js';
import type { PoolGuard } from '../statement/guard/pool-guard.js';
import type { TextFacts } from '../statement/statement-facts.js';
import type { StatementTraits } from '../statement/statement-traits.js';
import { withFields } from '../support/postgres-address.js';
import { cancelRequest } from './cancel-request.js';
import { ClosingStatements } from './closing-statements.js';
import { HeldBegin, isPlainControl } from './held-begin.js';
import { NamedStatements } from './named-statements.js';
import {
  type PgConnection,
  PgQuery,
  type ServerError,
  type Submittable,
  type TransactionStatus,
} from './pg-internals.js';
import { isSamePin, type Pin, type PinFactory, REPORTED_PARAMETER } from './pin.js';
import {
  admit,
  holdsPin,
  runQuery,
  sharesItsBatch,
  TextQuery,
  textOf,
  textsOf,
  writeAsOne,
} from './pinned-query.js';
import { mayBeStale, PreparedStatements } from './prepared-statements.js';
import { CANCELLED, ReadingLine } from './reading-line.js';
import { withTableNames } from './shard-names.js';
import { StatementWatch } from './statement-watch.js';
import { SteadyClient } from './steady-client.js';
import { TextReading } from './text-reading.js';
import { WriteWatch } from './write-watch.js';

export interface PinnedClientConfig extends pg.ClientConfig {
  readonly pins: PinFactory;
  /** Refuses statements that a tenant may not send. */
  readonly guard: PoolGuard;
  readonly maxMessageBytes: number;
  readonly maxPreparedStatements: number;
  readonly observation: PoolObservation;
}

/** What one connection has done since it was opened. */
export interface ConnectionStats {
  /** How many tenants it has served. Its server process keeps what it has read of the tables of each. */
  readonly tenants: number;
  /** Statements that it keeps prepared by itself. */
  readonly preparedStatements: number;
}

/** The id of the server process, and the mark of the database. */
const IDENTITY = `select pg_catalog.pg_backend_pid() as pid,
  (select pg_catalog.shobj_description(oid, 'pg_database') from pg_catalog.pg_database
    where datname = pg_catalog.current_database()) as mark`;

/** Query objects that have a pin already. */
const sent = new WeakSet<Submittable>();

/** Named statements that fit their tables no longer, are gone, or have a name that is taken (manual, Appendix A). */
const STALE_STATEMENT = new Set(['0A000', '26000', '42P05']);

const NO_ANSWER = 'the server did not answer after the statement was cancelled';

const PROCEDURE_REFUSED =
  'On this version of PostgreSQL, DO and CALL need a transaction around them: without one they could commit half-way, and go on without their pin.';

/** Milliseconds after which a statement that still runs is cancelled again. */
const CANCEL_AGAIN_MS = 1_000;
/** How long the server may take to answer what was cancelled, before the connection is taken for lost. Milliseconds. */
const CANCELLED_ANSWER_MS = 10_000;

/** SQLSTATEs of a pin whose schema or role is missing, or not open to the login. */
const HOME_UNUSABLE = new Set(['3F000', '22023', '42501']);

function explainFailedPin(error: ServerError): void {
  if (error.code === undefined || !HOME_UNUSABLE.has(error.code)) return;
  error.message +=
    '. The statement was not run, because its tenant has no home to act in: TenantHomes.prepare(tenant), or `rowhouse grants repair`, makes or mends it.';
}

/** A pin that was sent and that the server has not answered yet. */
interface PendingPin {
  readonly pin: Pin;
  /** Submits the statement after the answer to the pin; for query objects that cannot share the pin's batch. */
  readonly then: (() => void) | undefined;
  /** True for a pin that was sent with a Sync of its own, and holds for the session. */
  readonly standsAlone: boolean;
}

/**
 * A connection on which every statement acts for the pin it was sent with.
 *
 * The pin is written in front of the statement, in the same batch and under the same Sync: one round trip and one
 * implicit transaction, so a failed pin stops the statement (manual, 54.2.4 "Pipelining"). Whether a pin is needed is
 * decided when the statement is written, by the server's latest answers.
 */
export class PinnedClient extends SteadyClient {
  readonly #config: PinnedClientConfig;
  readonly #toClose = new ClosingStatements();
  readonly #named: NamedStatements;
  readonly #prepared: PreparedStatements;
  readonly #opening = new HeldBegin();
  /** Whether the statement under way was parsed with an earlier batch, and the server has not begun it. */
  #mayBeStale = false;
  /** A statement that may have failed by what it was parsed with. It is sent anew when the server is ready. */
  #again: TextQuery | undefined;
  /** The pin in force on the server; undefined whenever that is uncertain, which costs one more pin. */
  #pinned: Pin | undefined;
  #pendingPin: PendingPin | undefined;
  #status: TransactionStatus = 'I';
  /** The path that the server reported last (PostgreSQL 18 and later). */
  #reportedPath: string | undefined;
  readonly #texts: TextReading;
  readonly #watch: StatementWatch;
  readonly #writes: WriteWatch;
  /** Queries whose texts are being read; those that come after them wait. */
  readonly #line = new ReadingLine();
  #direct = false;
  #serverMajor = 0;
  #pinParsed = false;
  #mayUnpin = false;
  #holdsSessionState = false;
  #wasCancelled = false;
  #isAbandoned = false;
  /** Closes the connection unless the server answers. */
  #closing: NodeJS.Timeout | undefined;
  /** The keys of all pins that this connection had: its server process has cached that many tenants' tables. */
  readonly pinnedKeys = new Set<string>();
  readonly #seed = randomSeed();

  constructor(config: PinnedClientConfig) {
    super(withFields(config, { pipeline: false }), config.maxMessageBytes);
    this.#config = config;
    this.#named = new NamedStatements(this.connection, this.#toClose);
    this.#prepared = new PreparedStatements(config.maxPreparedStatements, this.#toClose);
    this.#texts = new TextReading(config.guard, (text, values) => this.#ask(text, values));
    this.#watch = new StatementWatch(config.observation);
    this.#writes = new WriteWatch(config.observation);
    this.connection.on('parameterStatus', ({ parameterName, parameterValue }) => {
      if (parameterName === REPORTED_PARAMETER) this.#reportedPath = parameterValue;
      if (parameterName === 'server_version') this.#serverMajor = Number.parseInt(parameterValue, 10);
    });
    this.connection.on('parameterDescription', ({ dataTypeIDs }) => {
      const query = this._getActiveQuery();
      if (query instanceof TextQuery) query.prepared?.parsed(dataTypeIDs);
    });
    this.connection.on('bindComplete', () => {
      if (!this.#pendingPin && !this.#opening.isAwaited) this.#mayBeStale = false;
    });
    this.connection.once('end', () => {
      this.#watch.failed();
      this.#watch.end();
      this.#writes.ended();
    });
  }

  /** True when nothing of a lease is left: no transaction, no running or queued statement, no session state. */
  get isClean(): boolean {
    return (
      this.#status === 'I' &&
      this.readyForQuery &&
      this._queryQueue.length === 0 &&
      !this.#line.isWaiting &&
      !this.#holdsSessionState &&
      !this.isLost &&
      !this.#wasCancelled &&
      !this.#isAbandoned
    );
  }

  get transactionStatus(): TransactionStatus {
    return this.#status;
  }

  stats(): ConnectionStats {
    return {
      // The system has the empty key.
      tenants: this.pinnedKeys.size - (this.pinnedKeys.has('') ? 1 : 0),
      preparedStatements: this.#prepared.count,
    };
  }

  get holdsSessionState(): boolean {
    return this.#holdsSessionState;
  }

  /** How well it suits a tenant; the highest number is best. One that has served it comes before one that has not. */
  suits(key: string, place = placeOf(key)): number {
    return affinityOf(place, this.#seed) + (this.pinnedKeys.has(key) ? 2 ** 32 : 0);
  }

  /** True when the connection acts for `pin` already. */
  fits(pin: Pin): boolean {
    if (!isSamePin(this.#pinned, pin)) return false;
    return !this.#direct || this.#reportedPath === undefined || this.#reportedPath === pin.searchPath;
  }

  /**
   * Prepares a new connection: verifies the mark of a database that is not the main one, refreshes the guard, and finds out whether there
   * is a pooler in between, which invents process ids of its own.
   *
   * @param expected - the mark that the database must bear, and the error where it does not.
   * @throws {StatementRefusedError} for session pins, when there is a pooler.
   */
  async identify(expected?: { readonly mark: string; unmarked(): Error }): Promise<void> {
    const { rows } = await super.query<{ pid: number; mark: string | null }>(IDENTITY);
    if (expected && rows[0]?.mark !== expected.mark) throw expected.unmarked();
    await this.#texts.begin((text, values) => super.query(text, values as unknown[]));
    this.#direct = rows[0]?.pid === this.processID;
    if (this.#config.pins.extent === 'session' && !this.#direct) {
      throw new StatementRefusedError(
        'Session pins need a direct connection, and this one goes through a pooler. Use pin: "statement", or connect directly.',
      );
    }
  }

  /**
   * Cancels the running statement, if there is one, and refuses all that come after it but a rollback. The request travels over a
   * separate connection and may arrive late, so this connection is closed after its lease.
   */
  cancelStatement(): void {
    if (this.#line.isWaiting) this.#line.cancel();
    this.#wasCancelled = true;
    this.#cancelUntilReady();
    this.#closeUnlessReady();
  }

  /** A request that arrives while the server reads the next message of a batch is ignored (PostgreSQL, ProcessInterrupts). */
  #cancelUntilReady(): void {
    if (this.readyForQuery || this.isLost || !this.connection.stream.writable) return;
    cancelRequest(this.#config, this);
    setTimeout(() => this.#cancelUntilReady(), CANCEL_AGAIN_MS).unref();
  }

  /** Where a route to the server is lost, nothing comes back, neither an answer nor the end of the connection. */
  #closeUnlessReady(): void {
    if (this.readyForQuery || this.isLost || this.#closing) return;
    this.#closing = setTimeout(() => {
      this.#closing = undefined;
      if (!this.readyForQuery && !this.isLost)
        this.connection.stream.destroy(new ConnectionLostError(NO_ANSWER));
    }, CANCELLED_ANSWER_MS).unref();
  }

  /**
   * Ends the connection, and the statement under way with it; its query gets `reason`, and nothing that the server may still
   * send. The statement is cancelled first, because the server would go on until it has an answer to send; a pooler would not pass
   * that on for a client that is gone.
   */
  abandon(reason: Error): void {
    if (this.#isAbandoned) return;
    this.#isAbandoned = true;
    const { stream } = this.connection;
    stream.pause();
    if (this.readyForQuery) stream.destroy(reason);
    else cancelRequest(this.#config, this, () => stream.destroy(reason));
  }

  /** Always throws: a statement needs a pin, and only the leases of a pool have one. */
  override query(): never {
    throw new StatementRefusedError(
      'Query through the client that pool.connect() hands out, not through a pool event.',
    );
  }

  /** `pg.Client.query` in all its forms, acting for `pin`. */
  queryPinned(pin: Pin, config: unknown, values?: unknown, callback?: unknown): unknown {
    return runQuery((query) => this.#send(pin, query), config, values, callback);
  }

  /** Reads the texts of a query and sends it: at once, or after those that are still being read. */
  #send(pin: Pin, query: Submittable): unknown {
    if (sent.has(query)) {
      throw new StatementRefusedError(
        'A query object can be sent once: it carries the pin of the client it was sent with.',
      );
    }
    this.#named.recall(pin, query);
    const texts = textsOf(query);
    const facts = this.#texts.factsOf(texts, pin);
    sent.add(query);
    const begun = this.#watch.begun();
    if (!this.#line.isWaiting && !(facts instanceof Promise))
      return this.enqueue(this.#pinTo(pin, query, texts, facts, begun));
    this.#line.add(
      facts,
      (known) => void this.enqueue(this.#pinTo(pin, query, texts, known, begun)),
      (error) => process.nextTick(() => query.handleError(error, this.connection)),
    );
    return query;
  }

  /** A question of ours, without a pin and without the limits of whoever has the connection. */
  #ask(text: string, values: readonly unknown[]): Promise<{ rows: unknown[] }> {
    return new Promise((resolve, reject) => {
      const query = new PgQuery(
        { text, values },
        undefined,
        (error: Error | null, result: { rows: unknown[] }) => (error ? reject(error) : resolve(result)),
      );
      const submit = query.submit;
      query.submit = (connection) => {
        this.limitResult(undefined);
        return submit.call(query, connection);
      };
      this.enqueue(query);
    });
  }

  /** Checks a query, and makes it write its pin in front of itself. */
  #pinTo(
    pin: Pin,
    query: Submittable,
    texts: readonly string[],
    facts: readonly TextFacts[],
    begun: unknown,
  ): Submittable {
    const { guarded } = pin;
    if (guarded) {
      facts.forEach((fact, index) => {
        this.#config.guard.check(texts[index] ?? '', fact, guarded);
      });
    }
    const traits = admit(query, facts);
    if (traits.leavesSessionState && !this.#direct) {
      const unknown = facts.find(({ isKnown }) => !isKnown)?.statements[0]?.offences[0]?.detail;
      if (unknown !== undefined) {
        throw new StatementRefusedError(
          `The statement was not sent: what it would leave behind a pooler is not known (${unknown}).`,
        );
      }
      throw new StatementRefusedError(
        'This statement leaves state on its connection, and a pooler would show it to other tenants. Send it over the direct connection.',
      );
    }
    const submit = query.submit;
    query.submit = (connection) => {
      const refused = this.#submit(connection, pin, query, submit, facts, traits);
      if (!refused) this.#watch.start(pin, query, begun);
      return refused;
    };
    return query;
  }

  #submit(
    connection: PgConnection,
    pin: Pin,
    query: Submittable,
    submit: Submittable['submit'],
    facts: readonly TextFacts[],
    traits: StatementTraits,
  ): Error | null | undefined {
    const ended = pin.entry?.ended;
    if (ended?.aborted) {
      // The query hears of it as all do that are on the connection.
      this.abandon(ended.reason as Error);
      return null;
    }
    if (this.#wasCancelled && !traits.rollsBack) return new StatementRefusedError(CANCELLED);
    if (this.#wasCancelled) setImmediate(() => this.#closeUnlessReady());
    const nameTaken = this.#named.rename(pin, query, { direct: this.#direct });
    if (nameTaken) return nameTaken;
    this.limitResult(pin.resultBytes);
    this.pinnedKeys.add(pin.key);
    this.#mayUnpin = traits.mayUnpin || holdsPin(query);
    this.#holdsSessionState ||= traits.leavesSessionState;
    if (traits.isProcedural && this.#mayLosePinInside(pin))
      return new StatementRefusedError(PROCEDURE_REFUSED);
    if (this.#answerHere(query, facts)) return null;
    if (traits.mayWrite) this.#writes.sent(pin);
    this.#prepare(pin, query, facts);
    // A transaction that became read-only within a savepoint would write again after it (PostgreSQL, CommitSubTransaction).
    const isBare = traits.isTransactionControl && !(pin.entry && traits.beginsSavepoint);
    const pinFits = isBare || this.fits(pin);

    const pinMustGoFirst =
      traits.nonTransactional && pin.extent === 'session' && this.#status === 'I' && !pinFits;
    if (pinMustGoFirst) {
      const alone = this.#expectPin(
        pin,
        () => writeAsOne(connection, [], () => submit.call(query, connection)),
        true,
      );
      this.#write(connection, alone);
      connection.sync();
      return null;
    }
    if (sharesItsBatch(query)) {
      // A failed transaction accepts nothing but its end, and a pin in front of that would be refused.
      const pinMessages = pinFits || this.#status === 'E' ? [] : this.#expectPin(pin);
      const before = this.#before();
      const prelude = before.length === 0 ? pinMessages : [...before, ...pinMessages];
      if (query instanceof TextQuery && traits.isTransactionControl) {
        // What the simple protocol sends behind a pin would be lost, were the pin refused.
        const isSimple = prelude.length === 0 && query.isPlain && isPlainControl(textOf(query));
        query.queryMode = isSimple ? undefined : 'extended';
      }
      const refused = writeAsOne(connection, prelude, () => submit.call(query, connection));
      if (refused) this.#pendingPin = undefined;
      else this.#wroteBefore();
      return refused;
    }
    if (pinFits) {
      this.#write(connection, []);
      return submit.call(query, connection);
    }
    const pinMessages = this.#expectPin(pin, () => submit.call(query, connection));
    this.#write(connection, pinMessages);
    connection.flush();
    return null;
  }

  #write(connection: PgConnection, messages: readonly Uint8Array[]): void {
    for (const message of [...this.#before(), ...messages]) connection.stream.write(message);
    this.#wroteBefore();
  }

  /** What goes in front of the pin. */
  #before(): readonly Uint8Array[] {
    const closing = this.#toClose.messages;
    const { messages } = this.#opening;
    return closing.length === 0 ? messages : [...closing, ...messages];
  }

  #wroteBefore(): void {
    this.#toClose.written();
    this.#opening.written();
  }

  /** Answers a statement that need not be sent, or not yet. @returns whether it does. */
  #answerHere(query: Submittable, facts: readonly TextFacts[]): boolean {
    const [statement, ...more] = facts[0]?.statements ?? [];
    if (!statement?.transaction || more.length > 0 || !(query instanceof TextQuery) || !query.isPlain)
      return false;
    const answer = query.values?.length ? undefined : this.#opening.answer(statement, this.#status);
    if (!answer) return false;
    process.nextTick(() => {
      if (this.isLost) return;
      this._handleCommandComplete({ text: answer.tag });
      this._handleReadyForQuery({ status: answer.status });
    });
    return true;
  }

  /** Has a text sent as the statement that it was prepared as. */
  #prepare(pin: Pin, query: Submittable, [facts]: readonly TextFacts[]): void {
    if (!(query instanceof TextQuery)) return;
    const mayBePrepared = facts && this.#direct && query.isPlain;
    query.prepared = mayBePrepared ? this.#prepared.of(pin, facts) : undefined;
    this.#mayBeStale = query.prepared?.isParsed ?? false;
  }

  /**
   * Before version 18 a procedure may end the transaction of its batch, and continues without the settings made in it.
   */
  #mayLosePinInside(pin: Pin): boolean {
    const pinOutlivesBatch = pin.extent === 'session' && this.fits(pin);
    return this.#status === 'I' && this.#serverMajor < 18 && !pinOutlivesBatch;
  }

  /** Returns the messages of the pin, and marks the server's next answers as those to the pin. */
  #expectPin(pin: Pin, then?: () => void, standsAlone = false): Uint8Array[] {
    this.#pendingPin = { pin, then, standsAlone };
    return this.#config.pins.messagesOf(pin, { direct: this.#direct, parsed: this.#pinParsed });
  }

  override _handleParseComplete(): void {
    if (this.#opening.isAwaited) return;
    if (!this.#pendingPin) super._handleParseComplete();
    else if (!this.#pendingPin.pin.ownParse) this.#pinParsed = this.#direct;
  }

  override _handleCommandComplete(message: { text: string }): void {
    if (this.#opening.answered()) return;
    const pending = this.#pendingPin;
    if (pending) {
      if (!pending.standsAlone) this.#pinAnswered(pending);
      return;
    }
    this.#noteCommand(message.text);
    this.#watch.command(message.text);
    super._handleCommandComplete(message);
  }

  protected override countRow(bytes: number): void {
    this.#watch.row();
    super.countRow(bytes);
  }

  /** A rollback undoes the settings made inside its transaction; a commit undoes those that are local to it. */
  #noteCommand(tag: string): void {
    if (tag === 'ROLLBACK' || (tag === 'COMMIT' && this.#pinned?.extent === 'transaction'))
      this.#pinned = undefined;
    if (tag !== 'DISCARD ALL' && tag !== 'DEALLOCATE ALL') return;
    this.#pinParsed = false;
    this.#named.clear();
    this.#prepared.clear();
  }

  override _handleErrorMessage(message: ServerError): void {
    withTableNames(message);
    const pending = this.#pendingPin;
    this.#pendingPin = undefined;
    this.#opening.failed();
    // The error undid the settings of the batch, so an earlier pin is in force again.
    this.#pinned = undefined;
    const query = this._getActiveQuery();
    if (!pending && query instanceof TextQuery && this.#mustGoAgain(query, message)) {
      this.#again = query;
      return;
    }
    this.#watch.failed();
    if (pending) {
      explainFailedPin(message);
      if (message.code === '26000') this.#pinParsed = false; // invalid_sql_statement_name
      if (message.code === '42P05') this.#pinParsed = true; // duplicate_prepared_statement
      if (pending.then && !pending.standsAlone) this.connection.sync();
    } else if (message.code && STALE_STATEMENT.has(message.code)) {
      this.#named.drop(query);
    }
    super._handleErrorMessage(message);
    // The server ends the connection: no answer follows.
    if (this.isLost) this.#watch.end();
  }

  /**
   * Whether a failure may come from what a statement was parsed with, before its tables were altered, so that the same text would not
   * fail now. The server finds that out when it binds: nothing was done yet. The text is sent anew where nothing else is undone by that,
   * outside of a transaction and as the first statement of one.
   */
  #mustGoAgain({ prepared }: TextQuery, error: ServerError): boolean {
    if (!prepared || error.severity !== 'ERROR') return false;
    const isStale = this.#mayBeStale && mayBeStale(error);
    if (isStale || !prepared.isParsed) this.#prepared.drop(prepared);
    return isStale && (this.#status === 'I' || this.#opening.isFirst);
  }

  #sendAgain(query: TextQuery, { status }: { status: TransactionStatus }): void {
    this.#again = undefined;
    if (status === 'E') {
      this.#opening.again();
      this.#status = 'T';
    }
    const refused = query.submit(this.connection);
    if (!refused) return;
    super._handleErrorMessage(refused);
    super._handleReadyForQuery({ status });
  }

  #pinAnswered({ pin, then }: PendingPin): void {
    this.#pendingPin = undefined;
    this.#pinned = pin;
    then?.();
  }

  override _handleReadyForQuery(message: { status: TransactionStatus }): void {
    this.#status = message.status;
    if (this.#pendingPin?.standsAlone) {
      this.#pinAnswered(this.#pendingPin);
      return;
    }
    if (this.#again) {
      this.#sendAgain(this.#again, message);
      return;
    }
    this.#opening.ended();
    const pinIsOver = this.#pinned?.extent === 'transaction' && message.status === 'I';
    if (pinIsOver || this.#mayUnpin) this.#pinned = undefined;
    this.#mayUnpin = false;
    this.#watch.end();
    if (message.status === 'I') this.#writes.ended();
    super._handleReadyForQuery(message);
  }
}
