import pg from 'pg';

/**
 * The parts of `pg` and pg-pool that pins and affinity need and that their types leave out. All of them are old: the
 * handlers and the query object's `submit` since pg 8.0. `tenant-pool.spec.ts` fails when one of them goes away.
 */

/** Sent with every ReadyForQuery: idle, in a transaction, in a failed transaction. */
export type TransactionStatus = 'I' | 'T' | 'E';

/** An error that the server sent. */
export interface ServerError extends Error {
  readonly code?: string;
  readonly severity?: string | undefined;
}

/** What pg makes of the text of a value. */
export type TextParser = (text: string) => unknown;

/** A column of a result. */
export interface FieldDescription {
  readonly name: string;
  readonly dataTypeID: number;
}

/** What pg gathers rows in. */
interface ResultInternals {
  fields: readonly FieldDescription[];
  _parsers: TextParser[] | undefined;
  readonly _types: { getTypeParser(type: number, format: 'text'): TextParser };
  _prebuiltEmptyResultObject: object | null;
  readonly rowAsArray: boolean;
  addRow(row: object): void;
}

/** The part of a socket that a connection writes to. */
export interface WireStream {
  readonly writable: boolean;
  cork(): void;
  uncork(): void;
  write(bytes: Uint8Array): unknown;
  /** Reads nothing more. */
  pause(): unknown;
  destroy(error?: Error): unknown;
}

/** The part of a socket that a connection reads from. */
export interface ReadStream {
  on(event: string, listener: (bytes: Buffer) => void): unknown;
  destroy(error?: Error): unknown;
}

/** The protocol connection under a client. Its methods write to `this.stream`, one message at a time. */
export interface PgConnection {
  stream: WireStream;
  /** Named statements that the server has parsed, and those that were sent to it (not in pg 8.20): texts by name. */
  readonly parsedStatements: Record<string, string | undefined>;
  readonly submittedNamedStatements?: Record<string, string | undefined>;
  once(event: string, listener: () => void): unknown;
  rawListeners(event: string): Array<() => void>;
  /** Called once the stream is the one that messages come by. */
  attachListeners(stream: ReadStream): void;
  on(
    event: 'parameterStatus',
    listener: (message: { parameterName: string; parameterValue: string }) => void,
  ): void;
  on(event: 'bindComplete', listener: () => void): void;
  on(
    event: 'parameterDescription',
    listener: (message: { readonly dataTypeIDs: readonly number[] }) => void,
  ): void;
  parse(message: { text: string }): void;
  bind(message: object): void;
  describe(message: { type: 'P'; name: string }): void;
  execute(message: object): void;
  flush(): void;
  sync(): void;
  sendCopyFail(reason: string): void;
}

/** A query object: it writes its own messages to the connection and receives the answers. */
export interface Submittable {
  submit(connection: PgConnection): Error | null | undefined;
  handleError(error: Error, connection: PgConnection): void;
  /** Those that copy have these two. */
  handleCopyInResponse?(connection: PgConnection): void;
  handleCopyData?(message: object, connection: PgConnection): void;
  callback?: ((error: Error | null, result?: unknown) => void) | undefined;
}

/** pg's own query object, the one that can share a batch with its pin. */
export interface PgQuery extends Submittable {
  readonly text?: string;
  readonly name?: string;
  readonly values?: readonly unknown[];
  /** Rows of a portion, for a query that reads them in portions. Such a batch ends with Flush, not with Sync. */
  readonly rows?: number;
  readonly types?: unknown;
  readonly binary?: unknown;
  readonly portal?: string;
  queryMode?: string | undefined;
  _accumulateRows?: boolean | number;
  /** What a parser of a value has thrown: the query fails with it when the server is ready. */
  _canceledDueToError: unknown;
  readonly _result: ResultInternals;
  query_timeout?: number;
  prepare(connection: PgConnection): void;
  handleRowDescription(message: { readonly fields: readonly FieldDescription[] }): void;
  handleCommandComplete(message: object, connection: PgConnection): void;
  handleEmptyQuery(connection: PgConnection): void;
}

interface ClientInternals {
  readonly connection: PgConnection;
  readonly processID: number | null;
  readonly readyForQuery: boolean;
  readonly _queryQueue: readonly unknown[];
  _getActiveQuery(): Submittable | null | undefined;
  _handleReadyForQuery(message: { status: TransactionStatus }): void;
  _handleErrorMessage(message: ServerError): void;
  _handleErrorEvent(error: Error): void;
  _handleParseComplete(): void;
  _handleCommandComplete(message: { text: string }): void;
  _handleDataRow(message: { readonly length: number }): void;
  _handlePortalSuspended(message: object): void;
  _handleCopyInResponse(message: object): void;
  _handleCopyData(message: object): void;
}

/** pg-pool, as far as affinity and budgets reach into it. */
export interface PoolInternals<Client> {
  /** Those that are open, and those that are being opened. */
  readonly _clients: readonly Client[];
  readonly _idle: Array<{ readonly client: Client }>;
  readonly _pendingQueue: readonly unknown[];
  _pulseQueue(): void;
  /** Opens a connection, even where others are idle, for a request for one. */
  newClient(request: {
    readonly timedOut: false;
    callback(error: Error | undefined, client: Client | undefined, release: () => void): void;
  }): void;
  _remove(client: Client, done: () => void): void;
}

export const PgClient = pg.Client as unknown as new (config: pg.ClientConfig) => pg.Client & ClientInternals;

export const PgQuery = pg.Query as unknown as new (
  config: unknown,
  values?: unknown,
  callback?: unknown,
) => PgQuery;
