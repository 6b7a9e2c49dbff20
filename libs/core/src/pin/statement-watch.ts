import type { PoolObservation, RunningStatement } from '../pool/pool-observation.js';
import type { Submittable } from './pg-internals.js';
import { observedKeyOf, type Pin } from './pin.js';
import { textOf } from './pinned-query.js';

/** The number at the end of a command tag: rows that were returned, changed or copied (manual, 54.7 "CommandComplete"). */
const ROWS_IN_TAG = / (\d+)$/;

/** Measures the statement that a connection has under way, for who observes its pool. */
export class StatementWatch {
  readonly #observation: PoolObservation;
  #query: Submittable | undefined;
  #key = '';
  #begun: unknown;
  #startedAt = 0;
  #rows = 0;
  #rowsOfCommand = 0;
  #failed = false;

  constructor(observation: PoolObservation) {
    this.#observation = observation;
  }

  /** To be called in the context of who sends a statement. */
  begun(): unknown {
    return this.#observation.observer?.begun?.();
  }

  /** A statement was written to the connection. */
  start(pin: Pin, query: Submittable, begun: unknown): void {
    if (!this.#observation.observer) return;
    this.#query = query;
    this.#key = observedKeyOf(pin);
    this.#begun = begun;
    this.#rows = 0;
    this.#rowsOfCommand = 0;
    this.#failed = false;
    this.#startedAt = performance.now();
    this.#observation.running.add(this);
  }

  /** The statement under way. */
  running(): RunningStatement {
    return {
      key: this.#key,
      text: this.#query ? textOf(this.#query) : '',
      ageMs: performance.now() - this.#startedAt,
    };
  }

  row(): void {
    this.#rowsOfCommand += 1;
  }

  command(tag: string): void {
    if (!this.#query) return;
    this.#rows += this.#rowsOfCommand || Number(ROWS_IN_TAG.exec(tag)?.[1] ?? 0);
    this.#rowsOfCommand = 0;
  }

  failed(): void {
    this.#failed = true;
  }

  end(): void {
    const query = this.#query;
    if (!query) return;
    this.#query = undefined;
    this.#observation.running.delete(this);
    this.#observation.observer?.statement(this.#key, {
      text: textOf(query),
      durationMs: performance.now() - this.#startedAt,
      rows: this.#rows + this.#rowsOfCommand,
      failed: this.#failed,
      begun: this.#begun,
    });
    this.#begun = undefined;
  }
}
