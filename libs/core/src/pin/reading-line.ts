import { StatementRefusedError } from '../errors.js';

export const CANCELLED = 'The statement was cancelled before it was sent.';

/**
 * Queries of one connection whose texts are still being read. They are sent in the order in which they were asked for, and so
 * are those that come after them.
 */
export class ReadingLine {
  #last: Promise<void> = Promise.resolve();
  #waiting = 0;
  #cancelled = 0;

  get isWaiting(): boolean {
    return this.#waiting > 0;
  }

  /** Calls `send` when `reading` is over and all earlier calls have been made; what it throws goes to `fail`. */
  add<T>(reading: T | Promise<T>, send: (read: T) => void, fail: (error: Error) => void): void {
    this.#waiting += 1;
    const place = this.#cancelled;
    const whenRead = Promise.resolve(reading);
    // It may fail before its turn has come.
    whenRead.catch(() => {});
    this.#last = this.#last
      .then(() => whenRead)
      .then(
        (read) => {
          // In the same turn as `send`: what comes in between would be sent before.
          this.#waiting -= 1;
          if (place < this.#cancelled) throw new StatementRefusedError(CANCELLED);
          send(read);
        },
        (error) => {
          this.#waiting -= 1;
          throw error;
        },
      )
      .catch(fail);
  }

  /** Whatever waits now is not sent. */
  cancel(): void {
    this.#cancelled += 1;
  }
}
