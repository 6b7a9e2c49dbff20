import pg from 'pg';

/**
 * The parts of `pg` that a pin must reach and its types leave out. All of them are old: the handlers and the
 * query object's `submit` since pg 8.0. `pinned-client.spec.ts` fails when one of them goes away.
 */

/** PostgreSQL's own word, sent with every ReadyForQuery: idle, in a transaction, in a failed one. */
export type TransactionStatus = 'I' | 'T' | 'E';

/** An error of the server, as it comes from the wire. */
export interface ServerError {
  message: string;
  readonly code?: string;
}

/** The socket, as far as a connection writes to it. */
export interface WireStream {
  readonly writable: boolean;
  cork(): void;
  uncork(): void;
  write(bytes: Uint8Array): unknown;
  destroy(error?: Error): unknown;
}

/** The protocol connection under a client. Its methods write to `this.stream`, one message at a time. */
export interface PgConnection {
  stream: WireStream;
  on(
    event: 'parameterStatus',
    listener: (message: { parameterName: string; parameterValue: string }) => void,
  ): void;
  parse(message: { text: string }): void;
  bind(message: object): void;
  describe(message: { type: 'P'; name: string }): void;
  execute(message: object): void;
  flush(): void;
  sync(): void;
}

/** A query object: it writes itself to the connection and is handed the answers. */
export interface Submittable {
  submit(connection: PgConnection): Error | null | undefined;
  callback?: ((error: Error | null, result?: unknown) => void) | undefined;
}

/** pg's own query object, the one that can share a batch with its pin. */
export interface PgQuery extends Submittable {
  readonly text?: string;
  readonly name?: string;
  readonly values?: readonly unknown[];
  queryMode?: string;
  query_timeout?: number;
  prepare(connection: PgConnection): void;
}

interface ClientInternals {
  readonly connection: PgConnection;
  readonly processID: number | null;
  readonly readyForQuery: boolean;
  readonly _queryQueue: readonly unknown[];
  _handleReadyForQuery(message: { status: TransactionStatus }): void;
  _handleErrorMessage(message: ServerError): void;
  _handleParseComplete(): void;
  _handleCommandComplete(message: { text: string }): void;
}

export const PgClient = pg.Client as unknown as new (config: pg.ClientConfig) => pg.Client & ClientInternals;

export const PgQuery = pg.Query as unknown as new (
  config: unknown,
  values?: unknown,
  callback?: unknown,
) => PgQuery;
