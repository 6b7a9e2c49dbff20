import type { PoolObservation } from '../pool/pool-observation.js';
import type { Pin } from './pin.js';

/** Notes who has written, when the transaction is over, for who keeps their reads from replicas that do not have it yet. */
export class WriteWatch {
  readonly #observation: PoolObservation;
  #writer: string | undefined;

  constructor(observation: PoolObservation) {
    this.#observation = observation;
  }

  /** A statement that may write goes to the server. */
  sent({ key }: Pin): void {
    this.#writer = key;
  }

  /** The server has ended the transaction, or the connection is lost, and it may have been committed. */
  ended(): void {
    if (this.#writer === undefined) return;
    this.#observation.writes?.note(this.#writer);
    this.#writer = undefined;
  }
}
