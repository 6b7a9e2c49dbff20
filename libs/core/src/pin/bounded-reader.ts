import { ResultTooLargeError } from '../errors.js';
import type { PgConnection } from './pg-internals.js';

/** The code of a message, and its length, which counts itself (manual, 54.7 "Message Formats"). */
const CODE_BYTES = 1;
const LENGTH_BYTES = 4;
const HEADER_BYTES = CODE_BYTES + LENGTH_BYTES;

/** DataRow. */
const DATA_ROW = 0x44;

/** Takes rows out of what a connection reads, before pg makes messages of them. */
export interface RowTaker {
  /** Whether it takes the row that comes next. */
  readonly takesRows: boolean;
  /** @param at - where the body of the message begins. @param length - as the message says it. */
  takeRow(bytes: Buffer, at: number, length: number): void;
}

/** Follows the messages in a stream of bytes by their headers, without keeping anything of them. */
export class MessageFollower {
  readonly #maxBytes: number;
  readonly #rows: RowTaker | undefined;
  readonly #header = Buffer.alloc(HEADER_BYTES);
  #headerBytes = 0;
  /** Bytes of the current message that are still to come. */
  #remaining = 0;

  constructor(maxBytes: number, rows?: RowTaker) {
    this.#maxBytes = maxBytes;
    this.#rows = rows;
  }

  /**
   * @param pass - gets everything but the rows that are taken, in its order.
   * @throws {ResultTooLargeError} when a message begins in `bytes` that is longer than allowed.
   */
  read(bytes: Buffer, pass: (bytes: Buffer) => void): void {
    let at = 0;
    let passed = 0;
    while (at < bytes.length) {
      if (this.#remaining > 0) {
        const step = Math.min(this.#remaining, bytes.length - at);
        this.#remaining -= step;
        at += step;
      } else if (this.#headerBytes === 0 && bytes.length - at >= HEADER_BYTES) {
        const length = bytes.readUInt32BE(at + CODE_BYTES);
        this.#begin(length);
        const end = at + CODE_BYTES + length;
        if (bytes[at] === DATA_ROW && end <= bytes.length && this.#rows?.takesRows) {
          if (at > passed) pass(bytes.subarray(passed, at));
          this.#rows.takeRow(bytes, at + HEADER_BYTES, length);
          this.#remaining = 0;
          at = end;
          passed = end;
        } else at += HEADER_BYTES;
      } else {
        this.#header[this.#headerBytes] = bytes[at] as number;
        this.#headerBytes += 1;
        at += 1;
        if (this.#headerBytes < HEADER_BYTES) continue;
        this.#headerBytes = 0;
        this.#begin(this.#header.readUInt32BE(CODE_BYTES));
      }
    }
    if (passed === 0) pass(bytes);
    else if (passed < bytes.length) pass(bytes.subarray(passed));
  }

  #begin(length: number): void {
    if (length > this.#maxBytes) {
      throw new ResultTooLargeError(
        `PostgreSQL began a message of ${length} bytes (a row, an error or a notice), and pool.maxMessageBytes allows ` +
          `${this.#maxBytes}. The connection was closed. Read the value in parts, or raise the limit.`,
      );
    }
    this.#remaining = length - LENGTH_BYTES;
  }
}

/**
 * Makes whatever goes wrong while a connection reads end that connection, and nothing else: a message longer than
 * allowed, which is noticed before it is gathered in memory, and what is thrown by a type parser, a listener or the reader
 * itself. The query under way gets the error. Without this it would be an uncaught exception of the process.
 */
export function boundReading(connection: PgConnection, maxMessageBytes: number, rows: RowTaker): void {
  const attach = connection.attachListeners;
  connection.attachListeners = (stream) => {
    const messages = new MessageFollower(maxMessageBytes, rows);
    let failed = false;
    const guarded = (read: (bytes: Buffer) => void) => (bytes: Buffer) => {
      if (failed) return;
      try {
        messages.read(bytes, read);
      } catch (error) {
        failed = true;
        stream.destroy(error instanceof Error ? error : new Error(String(error)));
      }
    };
    attach.call(connection, {
      on: (event, listener) => stream.on(event, event === 'data' ? guarded(listener) : listener),
      destroy: (error) => stream.destroy(error),
    });
  };
}
