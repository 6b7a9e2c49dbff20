import { EventEmitter } from 'node:events';
import { IsolationViolationError } from '../errors.js';
import type { TransactionStatus } from '../pin/pg-internals.js';
import type { Pin } from '../pin/pin.js';
import type { PinnedClient } from '../pin/pinned-client.js';

// biome-ignore lint/suspicious/noExplicitAny: as in the types of Node's EventEmitter.
type Listener = (...args: any[]) => void;
type EventName = string | symbol;

/** Events about the listeners of an emitter, which is the lease. */
const OF_THE_LEASE: ReadonlySet<EventName> = new Set(['newListener', 'removeListener']);

/**
 * What a pool hands out: one connection, for one tenant, until it is released.
 *
 * It acts for its tenant in whatever context it is used. After its release it refuses every statement, so that a
 * reference kept too long cannot reach the connection while another tenant has it.
 *
 * It is an EventEmitter of its own, and hears the events of the connection until its release. Listeners that are added
 * or removed through it are never those of another lease, of the pool or of pg.
 */
export class TenantClient extends EventEmitter {
  readonly #client: PinnedClient;
  readonly #pin: Pin;
  readonly #giveBack: (error?: Error | boolean) => void;
  /** The listeners on the connection, one for each event that somebody has listened to here. */
  readonly #forwarders = new Map<EventName, Listener>();
  readonly #signal: AbortSignal | undefined;
  #released = false;

  /** @param signal - when it is aborted, the running statement is cancelled, and no other is sent. */
  constructor(
    client: PinnedClient,
    pin: Pin,
    giveBack: (error?: Error | boolean) => void,
    signal?: AbortSignal,
  ) {
    super();
    this.#client = client;
    this.#pin = pin;
    this.#giveBack = giveBack;
    this.#signal = signal;
    // It may have been aborted while the connection was opened.
    if (signal?.aborted) this.#cancel();
    else signal?.addEventListener('abort', this.#cancel, { once: true });
    pin.entry?.ended.addEventListener('abort', this.#abandon, { once: true });
  }

  readonly #cancel = () => this.#client.cancelStatement();

  /** A transaction, a cursor or a stream would go on with what it has begun. */
  readonly #abandon = () => this.#client.abandon(this.#pin.entry?.ended.reason as Error);

  /** The id of the tenant it acts for; `undefined` for the system. */
  get tenantId(): string | undefined {
    return this.#pin.key || undefined;
  }

  /** `pg.Client.query`, pinned. */
  query(config: unknown, values?: unknown, callback?: unknown): unknown {
    return this.#held().queryPinned(this.#pin, config, values, callback);
  }

  /**
   * Gives the connection back to its pool. A connection with an open transaction, a running statement
   * or session state is closed instead, and so is one released with `true`, or with an error that is not a statement's.
   */
  release = (error?: Error | boolean): void => {
    if (this.#released)
      throw new Error('Release called on client which has already been released to the pool.');
    for (const [event, forward] of this.#forwarders) this.#client.removeListener(event, forward);
    super.removeAllListeners();
    this.#signal?.removeEventListener('abort', this.#cancel);
    this.#pin.entry?.ended.removeEventListener('abort', this.#abandon);
    this.#released = true;
    this.#giveBack(error);
  };

  /** The id of the server process, for `pg_cancel_backend`; behind a pooler, an id that the pooler invented. */
  get processID(): number | null {
    return this.#held().processID;
  }

  get host(): string {
    return this.#client.host;
  }

  get port(): number {
    return this.#client.port;
  }

  get user(): string | undefined {
    return this.#client.user;
  }

  get database(): string | undefined {
    return this.#client.database;
  }

  /** Idle (`I`), in a transaction (`T`), in a failed one (`E`), as the server said last. */
  getTransactionStatus(): TransactionStatus {
    return this.#held().transactionStatus;
  }

  /** Whether it has no transaction open, and nothing that a statement has left on its connection. */
  get holdsNothing(): boolean {
    const { transactionStatus, holdsSessionState } = this.#held();
    return transactionStatus === 'I' && !holdsSessionState;
  }

  getTypeParser(oid: number, format?: 'text' | 'binary'): unknown {
    return (
      this.#held() as unknown as { getTypeParser(oid: number, format?: string): unknown }
    ).getTypeParser(oid, format);
  }

  escapeIdentifier(name: string): string {
    return this.#client.escapeIdentifier(name);
  }

  escapeLiteral(text: string): string {
    return this.#client.escapeLiteral(text);
  }

  // The other ways to add a listener go through these three. Removing needs none of ours: what hears the connection stays
  // until the release.

  override on(event: EventName, listener: Listener): this {
    this.#hear(event);
    return super.on(event, listener);
  }

  override addListener(event: EventName, listener: Listener): this {
    return this.on(event, listener);
  }

  override prependListener(event: EventName, listener: Listener): this {
    this.#hear(event);
    return super.prependListener(event, listener);
  }

  /** @throws {IsolationViolationError} always: the pool has connected it. */
  connect(): never {
    throw belongsToPool('connect()', 'It is connected already.');
  }

  /** @throws {IsolationViolationError} always: the pool ends its connections. */
  end(): never {
    throw belongsToPool('end()', 'Release the client; release(true) closes its connection.');
  }

  /** @throws {IsolationViolationError} always: it would be undone by nobody. */
  setTypeParser(): never {
    throw belongsToPool(
      'setTypeParser()',
      'Give `types` to the pool, or to the query that needs other parsers.',
    );
  }

  /** @throws {IsolationViolationError} always. */
  cancel(): never {
    throw belongsToPool(
      'cancel()',
      'Use TenantContext.run(tenant, work, { signal }), or pg_cancel_backend().',
    );
  }

  /** @throws {IsolationViolationError} always. */
  ref(): never {
    throw belongsToPool('ref()', 'Use the option allowExitOnIdle of the pool.');
  }

  /** @throws {IsolationViolationError} always. */
  unref(): never {
    throw belongsToPool('unref()', 'Use the option allowExitOnIdle of the pool.');
  }

  /** @throws {IsolationViolationError} always. */
  getStartupConf(): never {
    throw belongsToPool('getStartupConf()', 'The pool has the options that it connects with.');
  }

  #hear(event: EventName): void {
    const client: EventEmitter = this.#held();
    if (this.#forwarders.has(event) || OF_THE_LEASE.has(event)) return;
    // An `error` that nobody listens to would be thrown. The next query of the lease is told.
    const forward = (...args: unknown[]) =>
      void (this.listenerCount(event) > 0 && super.emit(event, ...args));
    this.#forwarders.set(event, forward);
    client.on(event, forward);
  }

  #held(): PinnedClient {
    if (this.#released) {
      throw new IsolationViolationError(
        'This client was released; its connection may serve another tenant now.',
      );
    }
    return this.#client;
  }
}

function belongsToPool(call: string, remedy: string): IsolationViolationError {
  return new IsolationViolationError(
    `${call} of a pooled client would reach beyond its lease, to the tenants that have the connection next. ${remedy}`,
  );
}
