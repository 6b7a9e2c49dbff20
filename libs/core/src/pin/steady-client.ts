import type pg from 'pg';
import { ConnectionLostError, ResultTooLargeError, RowhouseError } from '../errors.js';
import { messageOf } from '../support/message-of.js';
import { boundReading, type RowTaker } from './bounded-reader.js';
import { PgClient, PgQuery, type ServerError, type Submittable } from './pg-internals.js';
import { TextQuery } from './pinned-query.js';
import { letWaitersGo } from './ready-waiters.js';

/** Why COPY fails where no stream sends its data. */
const NO_STREAM = 'COPY from the client needs a stream: send it with from() of pg-copy-streams';

/** Errors after which the server ends the connection (manual, 54.8 "Error and Notice Message Fields"). */
const ENDS_CONNECTION = new Set(['FATAL', 'PANIC']);

/** A `pg.Client` whose failures end one connection at most, never the process, and leave nobody waiting. */
export class SteadyClient extends PgClient implements RowTaker {
  /** Why there is no connection any more. */
  #lost: Error | undefined;
  #maxResultBytes: number | undefined;
  #resultBytes = 0;

  constructor(config: pg.ClientConfig, maxMessageBytes: number) {
    super(config);
    // An `error` that nobody listens to would end the process. A lease is told of it by its next query, and the pool
    // replaces the connection.
    this.on('error', () => {});
    boundReading(this.connection, maxMessageBytes, this);
  }

  protected get isLost(): boolean {
    return this.#lost !== undefined;
  }

  /**
   * Calls back when the server has ended the batch of a statement that failed. The error comes before that; when no such
   * batch is open, it calls back at once.
   */
  afterFailure(callback: () => void): void {
    const isOpen = !this.readyForQuery && !this._getActiveQuery() && !this.isLost;
    if (isOpen) this.connection.once('readyForQuery', callback);
    else callback();
  }

  /** `pg.Client.query` for a query object; on a lost connection the query gets the reason, or a {@link ConnectionLostError}. */
  protected enqueue(query: Submittable): unknown {
    const lost = this.#lost;
    if (!lost) return (super.query as (query: unknown) => unknown).call(this, query);
    const error = lost instanceof RowhouseError ? lost : new ConnectionLostError(messageOf(lost), lost);
    process.nextTick(() => query.handleError(error, this.connection));
    return query;
  }

  /** Bounds the rows of the query that is written next. */
  protected limitResult(maxBytes: number | undefined): void {
    this.#maxResultBytes = maxBytes;
    this.#resultBytes = 0;
  }

  get takesRows(): boolean {
    const query = this._getActiveQuery();
    return query instanceof TextQuery && query.takesRows;
  }

  takeRow(bytes: Buffer, at: number, length: number): void {
    this.countRow(length);
    (this._getActiveQuery() as TextQuery).takeRow(bytes, at);
  }

  override _handleDataRow(message: { readonly length: number }): void {
    this.countRow(message.length);
    super._handleDataRow(message);
  }

  /** Hears of each row before its query has it. @param bytes - of its message. */
  protected countRow(bytes: number): void {
    if (this.#maxResultBytes !== undefined && isGathered(this._getActiveQuery())) {
      this.#resultBytes += bytes;
      // What is thrown while a connection reads ends it, and the query under way gets the error.
      if (this.#resultBytes > this.#maxResultBytes) {
        throw new ResultTooLargeError(
          `The rows of a statement have more than the ${this.#maxResultBytes} bytes that pool.limits.resultBytes allows. ` +
            'The connection was closed. Read them in portions, by a cursor or a stream, or raise the limit.',
        );
      }
    }
  }

  /** A cursor hands over each portion before it reads the next. */
  override _handlePortalSuspended(message: object): void {
    if (!(this._getActiveQuery() instanceof PgQuery)) this.#resultBytes = 0;
    super._handlePortalSuspended(message);
  }

  /**
   * A query that has no data to copy. pg ends the copying, but the server has ignored the Sync of the batch meanwhile, and
   * would wait for another for ever (manual, 54.2.6 "COPY Operations").
   */
  override _handleCopyInResponse(message: object): void {
    const query = this._getActiveQuery();
    if (query?.handleCopyInResponse && !(query instanceof PgQuery)) {
      super._handleCopyInResponse(message);
      return;
    }
    this.connection.sendCopyFail(NO_STREAM);
    if (query instanceof PgQuery && !query.rows) this.connection.sync();
  }

  override _handleCopyData(message: object): void {
    if (this._getActiveQuery()?.handleCopyData) super._handleCopyData(message);
  }

  override _handleErrorMessage(message: ServerError): void {
    if (message.severity && ENDS_CONNECTION.has(message.severity)) this.#noteLoss(message);
    const query = this._getActiveQuery();
    // Rows in portions: pg has sent no Sync yet, and sends none after an error.
    if (query instanceof PgQuery && query.rows) this.connection.sync();
    super._handleErrorMessage(message);
  }

  override _handleErrorEvent(error: Error): void {
    this.#noteLoss(error);
    super._handleErrorEvent(error);
  }

  #noteLoss(error: Error): void {
    if (this.#lost) return;
    this.#lost = error;
    letWaitersGo(this.connection);
  }
}

/** Whether rows stay in memory until the query ends. pg hands them to the listeners of `row`, where there are some. */
function isGathered(query: Submittable | null | undefined): boolean {
  return !(query instanceof PgQuery) || query._accumulateRows !== false;
}
