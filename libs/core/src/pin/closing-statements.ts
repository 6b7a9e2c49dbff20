import { serialize } from 'pg-protocol';

/** Statements that a connection keeps no longer. They are closed before everything else in the next batch, so that no error skips them. */
export class ClosingStatements {
  #messages: Uint8Array[] = [];

  get messages(): readonly Uint8Array[] {
    return this.#messages;
  }

  /** @param name - on the wire. To close a statement that does not exist is no error (manual, 54.2.3 "Extended Query"). */
  add(name: string): void {
    this.#messages.push(serialize.close({ type: 'S', name }));
  }

  /** The messages were written. */
  written(): void {
    if (this.#messages.length > 0) this.#messages = [];
  }
}
