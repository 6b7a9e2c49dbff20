import type pg from 'pg';
import { IsolationViolationError, StatementRefusedError } from '../errors.js';
import { databaseMark } from '../homes/database-mark.js';
import type { GuardedPool } from '../pool/guarded-pool.js';
import type { StatementTraits } from '../statement/statement.js';
import type { Tenant } from '../tenant.js';
import { inContextOfAsker, takeAnswersInContextOfAsker } from './caller-context.js';
import { cancelRequest } from './cancel-request.js';
import {
  PgClient,
  type PgConnection,
  type ServerError,
  type Submittable,
  type TransactionStatus,
} from './pg-internals.js';
import { type Pin, type PinFactory, REPORTED_PARAMETER } from './pin.js';
import { admit, sharesItsBatch, textOf, toQuery } from './pinned-query.js';
import { writeAsOne } from './wire-batch.js';

export interface PinnedClientConfig extends pg.ClientConfig {
  readonly pins: PinFactory;
  /** Throws for statements that a tenant may not send. */
  readonly guard: GuardedPool['check'];
}

/** Who answers, and whose database it is. */
const IDENTITY = `select pg_catalog.pg_backend_pid() as pid,
  (select pg_catalog.shobj_description(oid, 'pg_database') from pg_catalog.pg_database
    where datname = pg_catalog.current_database()) as mark`;

/** Query objects that carry a pin. */
const sent = new WeakSet<Submittable>();

/** Named statements that fit one tenant's tables and not the next one's, or are gone (manual, Appendix A). */
const STALE_STATEMENT = new Set(['0A000', '26000']);

const PROCEDURE_REFUSED =
  'On this version of PostgreSQL, DO and CALL need a transaction around them: without one they could commit half-way, and go on without their pin.';

/** What PostgreSQL says when a tenant's home or role is missing, or the login may not act in it. */
const HOME_TROUBLE = new Set(['3F000', '22023', '42501']);

function explainFailedPin(error: ServerError): void {
  if (error.code === undefined || !HOME_TROUBLE.has(error.code)) return;
  error.message +=
    '. The statement was not run, because its tenant has no home to act in: TenantHomes.prepare(tenant), or `rowhouse grants repair`, makes or mends it.';
}

/** A pin on the wire that the server has not answered yet. */
interface Prelude {
  readonly pin: Pin;
  /** Submits the statement when the pin has been answered; for query objects that cannot share its batch. */
  readonly then: (() => void) | undefined;
  /** True for a pin that ends with a Sync of its own, and holds for the session. */
  readonly standsAlone: boolean;
}

/**
 * A connection on which every statement acts for the pin it was sent with.
 *
 * The pin is written in front of the statement, in the same batch and under the same Sync: one round
 * trip and one implicit transaction, so a failed pin stops the statement (manual, 54.2.4 "Pipelining").
 * Whether a pin is needed is decided when the statement is written, from what the server said last.
 */
export class PinnedClient extends PgClient {
  readonly #config: PinnedClientConfig;
  /** What the server is known to be pinned to. Any doubt makes it undefined, which costs one more pin. */
  #pinned: Pin | undefined;
  #prelude: Prelude | undefined;
  #status: TransactionStatus = 'I';
  /** The path the server last reported, where it reports it (PostgreSQL 18 and later). */
  #reportedPath: string | undefined;
  #direct = false;
  #serverMajor = 0;
  #pinParsed = false;
  #mayUnpin = false;
  #holdsSessionState = false;
  #wasCancelled = false;
  /** The keys of all pins this connection had: its backend has cached that many tenants' tables. */
  readonly pinnedKeys = new Set<string>();

  constructor(config: PinnedClientConfig) {
    super({ ...config, pipeline: false } as pg.ClientConfig);
    this.#config = config;
    this.connection.on('parameterStatus', ({ parameterName, parameterValue }) => {
      if (parameterName === REPORTED_PARAMETER) this.#reportedPath = parameterValue;
      if (parameterName === 'server_version') this.#serverMajor = Number.parseInt(parameterValue, 10);
    });
  }

  /** True when nothing of a lease is left: no transaction, no statement under way or queued, no session state. */
  get isClean(): boolean {
    return (
      this.#status === 'I' &&
      this.readyForQuery &&
      this._queryQueue.length === 0 &&
      !this.#holdsSessionState &&
      !this.#wasCancelled
    );
  }

  /** True when the connection acts for `pin` already. */
  fits(pin: Pin): boolean {
    if (this.#pinned?.fingerprint !== pin.fingerprint) return false;
    return !this.#direct || this.#reportedPath === undefined || this.#reportedPath === pin.searchPath;
  }

  /**
   * Learns whether a pooler stands in between: a pooler hands out process ids of its own.
   *
   * @param guarded - brings itself up to date over this connection.
   * @param databaseOf - the tenant whose own database this should be.
   * @throws {StatementRefusedError} when session pins were asked for and there is a pooler.
   * @throws {IsolationViolationError} when the database is not the tenant's.
   */
  async identify(guarded: GuardedPool, databaseOf: Tenant | undefined): Promise<void> {
    const { rows } = await super.query<{ pid: number; mark: string | null }>(IDENTITY);
    if (databaseOf && rows[0]?.mark !== databaseMark(databaseOf)) {
      throw new IsolationViolationError(
        `The database of tenant ${databaseOf.slug} does not bear its mark. Make it with TenantHomes.prepare().`,
      );
    }
    await guarded.refresh((text, values) => super.query(text, values as unknown[]));
    this.#direct = rows[0]?.pid === this.processID;
    if (this.#config.pins.extent === 'session' && !this.#direct) {
      throw new StatementRefusedError(
        'Session pins need a direct connection, and this one goes through a pooler. Use pin: "statement", or connect directly.',
      );
    }
  }

  /**
   * Cancels the statement under way, if there is one. The request reaches the server by a way of its own and may come
   * late, so the connection is not used again after its lease.
   */
  cancelStatement(): void {
    if (this.readyForQuery) return;
    this.#wasCancelled = true;
    cancelRequest(this.#config, this);
  }

  /** There are no unpinned statements: a pool hands out leases, and each lease has its pin. */
  override query(): never {
    throw new StatementRefusedError(
      'Query through the client that pool.connect() hands out, not through a pool event.',
    );
  }

  /** `pg.Client.query` in all its forms, acting for `pin`. */
  queryPinned(pin: Pin, config: unknown, values?: unknown, callback?: unknown): unknown {
    const query = toQuery(config, values, callback);
    if (query === config) return this.#enqueue(this.#pinTo(pin, takeAnswersInContextOfAsker(query)));
    if (query.callback) {
      const done = inContextOfAsker(query.callback);
      query.callback = done;
      try {
        this.#enqueue(this.#pinTo(pin, query));
      } catch (error) {
        process.nextTick(done, error);
      }
      return undefined;
    }
    return new Promise((resolve, reject) => {
      query.callback = (error, result) => (error ? reject(error) : resolve(result));
      this.#enqueue(this.#pinTo(pin, query));
    }).catch((error: unknown) => {
      // As pg does: the caller's stack says more than the socket's.
      if (error instanceof Error) Error.captureStackTrace(error);
      throw error;
    });
  }

  /** Makes a query write its pin before itself. */
  #pinTo(pin: Pin, query: Submittable): Submittable {
    if (sent.has(query)) {
      throw new StatementRefusedError(
        'A query object can be sent once: it carries the pin of the client it was sent with.',
      );
    }
    const traits = admit(query);
    // Several statements are sent one by one, and a single one as it was written.
    const { statements } = traits;
    if (pin.guarded) this.#config.guard(statements.length > 1 ? statements : [textOf(query)], pin);
    sent.add(query);
    if (traits.leavesSessionState && !this.#direct) {
      throw new StatementRefusedError(
        'This statement leaves state on its connection, and a pooler would show it to other tenants. Send it over the direct connection.',
      );
    }
    const submit = query.submit;
    query.submit = (connection) => this.#submit(connection, pin, query, submit, traits);
    return query;
  }

  #enqueue(query: Submittable): unknown {
    return (super.query as (query: unknown) => unknown).call(this, query);
  }

  #submit(
    connection: PgConnection,
    pin: Pin,
    query: Submittable,
    submit: Submittable['submit'],
    traits: StatementTraits,
  ): Error | null | undefined {
    this.pinnedKeys.add(pin.key);
    this.#mayUnpin = traits.mayUnpin;
    this.#holdsSessionState ||= traits.leavesSessionState;
    if (traits.isProcedural && this.#mayLosePinInside(pin))
      return new StatementRefusedError(PROCEDURE_REFUSED);
    const pinFits = traits.isTransactionControl || this.fits(pin);

    const mustGoFirst =
      traits.nonTransactional && this.#config.pins.extent === 'session' && this.#status === 'I' && !pinFits;
    if (mustGoFirst) {
      const alone = this.#beginPrelude(
        pin,
        () => writeAsOne(connection, [], () => submit.call(query, connection)),
        true,
      );
      for (const message of alone) connection.stream.write(message);
      connection.sync();
      return null;
    }
    if (sharesItsBatch(query)) {
      // A failed transaction takes nothing but its end, and a pin in front of that would be refused.
      const prelude = pinFits || this.#status === 'E' ? [] : this.#beginPrelude(pin);
      const refused = writeAsOne(connection, prelude, () => submit.call(query, connection));
      if (refused) this.#prelude = undefined;
      return refused;
    }
    if (pinFits) return submit.call(query, connection);
    const prelude = this.#beginPrelude(pin, () => submit.call(query, connection));
    for (const message of prelude) connection.stream.write(message);
    connection.flush();
    return null;
  }

  /** Before version 18 a procedure may end its batch's transaction, and goes on without what was set in it. */
  #mayLosePinInside(pin: Pin): boolean {
    const pinOutlivesBatch = this.#config.pins.extent === 'session' && this.fits(pin);
    return this.#status === 'I' && this.#serverMajor < 18 && !pinOutlivesBatch;
  }

  #beginPrelude(pin: Pin, then?: () => void, standsAlone = false): Uint8Array[] {
    this.#prelude = { pin, then, standsAlone };
    return this.#config.pins.messagesOf(pin, { direct: this.#direct, parsed: this.#pinParsed });
  }

  override _handleParseComplete(): void {
    if (!this.#prelude) super._handleParseComplete();
    else this.#pinParsed = this.#direct;
  }

  override _handleCommandComplete(message: { text: string }): void {
    const prelude = this.#prelude;
    if (prelude) {
      if (!prelude.standsAlone) this.#endPrelude(prelude);
      return;
    }
    this.#noteCommand(message.text);
    super._handleCommandComplete(message);
  }

  /** A rollback takes back settings made inside its transaction; so does a commit those local to it. */
  #noteCommand(tag: string): void {
    if (tag === 'ROLLBACK' || (tag === 'COMMIT' && this.#config.pins.extent === 'transaction'))
      this.#pinned = undefined;
    if (tag === 'DISCARD ALL' || tag === 'DEALLOCATE ALL') this.#pinParsed = false;
  }

  override _handleErrorMessage(message: ServerError): void {
    const prelude = this.#prelude;
    this.#prelude = undefined;
    // The error took the batch's settings back: whatever was in force before is in force again.
    this.#pinned = undefined;
    if (prelude) {
      explainFailedPin(message);
      if (message.code === '26000') this.#pinParsed = false; // invalid_sql_statement_name
      if (message.code === '42P05') this.#pinParsed = true; // duplicate_prepared_statement
      if (prelude.then && !prelude.standsAlone) this.connection.sync();
    } else if (message.code && STALE_STATEMENT.has(message.code)) {
      this.#holdsSessionState = true;
    }
    super._handleErrorMessage(message);
  }

  #endPrelude({ pin, then }: Prelude): void {
    this.#prelude = undefined;
    this.#pinned = pin;
    then?.();
  }

  override _handleReadyForQuery(message: { status: TransactionStatus }): void {
    this.#status = message.status;
    if (this.#prelude?.standsAlone) {
      this.#endPrelude(this.#prelude);
      return;
    }
    const pinIsOver = this.#config.pins.extent === 'transaction' && message.status === 'I';
    if (pinIsOver || this.#mayUnpin) this.#pinned = undefined;
    this.#mayUnpin = false;
    super._handleReadyForQuery(message);
  }
}
