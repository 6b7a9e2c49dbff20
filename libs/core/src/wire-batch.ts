import type { PgConnection, WireStream } from './pg-internals.js';

/**
 * Gathers what a query writes into one write to the socket.
 *
 * pg corks the socket and writes each message by itself; one buffer is a cheaper system call than many.
 */
export class WireBatch {
  readonly #connection: PgConnection;
  readonly #gathering: PgConnection;
  #messages: Uint8Array[] = [];

  constructor(connection: PgConnection) {
    this.#connection = connection;
    const stream: WireStream = {
      writable: true,
      cork: () => {},
      uncork: () => {},
      write: (bytes) => this.#messages.push(bytes),
    };
    this.#gathering = Object.create(connection, { stream: { value: stream } });
  }

  /**
   * Writes `prelude` and what `submit` writes to the connection it is given.
   *
   * @returns what `submit` returned. An error means that pg refused the query; then nothing is sent, the
   *   prelude neither, since nobody would wait for its answer.
   */
  write(
    prelude: Uint8Array[],
    submit: (connection: PgConnection) => Error | null | undefined,
  ): Error | null | undefined {
    this.#messages = prelude;
    const error = submit(this.#gathering);
    const { stream } = this.#connection;
    if (!error && stream.writable) stream.write(Buffer.concat(this.#messages));
    this.#messages = [];
    return error;
  }
}
