import type { EventEmitter } from 'node:events';
import { IsolationViolationError } from '../errors.js';
import type { Pin } from '../pin/pin.js';
import type { PinnedClient } from '../pin/pinned-client.js';

type Listener = (...args: unknown[]) => void;

/**
 * What a pool hands out: one connection, for one tenant, until it is released.
 *
 * It stays its tenant's whatever context it is used in, and it is of no use after its release, so a
 * reference kept too long cannot reach the connection while another tenant has it. Listeners put on
 * the connection through it leave with it.
 */
export class TenantClient {
  readonly #client: PinnedClient;
  readonly #pin: Pin;
  readonly #giveBack: (error?: Error | boolean) => void;
  readonly #listeners: Array<{ event: string; listener: Listener }> = [];
  readonly #signal: AbortSignal | undefined;
  #released = false;

  /** @param signal - when it is aborted, the statement under way is cancelled. */
  constructor(
    client: PinnedClient,
    pin: Pin,
    giveBack: (error?: Error | boolean) => void,
    signal?: AbortSignal,
  ) {
    this.#client = client;
    this.#pin = pin;
    this.#giveBack = giveBack;
    this.#signal = signal;
    signal?.addEventListener('abort', this.#cancel, { once: true });
  }

  readonly #cancel = () => this.#client.cancelStatement();

  /** The id of the tenant it acts for; `undefined` for the system. */
  get tenantId(): string | undefined {
    return this.#pin.key || undefined;
  }

  /** `pg.Client.query`, pinned. */
  query(config: unknown, values?: unknown, callback?: unknown): unknown {
    return this.#held().queryPinned(this.#pin, config, values, callback);
  }

  /**
   * Gives the connection back to its pool. A connection with an open transaction, a statement under way
   * or state left on it is closed instead, and so is one released with an error.
   */
  release = (error?: Error | boolean): void => {
    if (this.#released)
      throw new Error('Release called on client which has already been released to the pool.');
    for (const { event, listener } of this.#listeners) this.#client.removeListener(event, listener);
    this.#signal?.removeEventListener('abort', this.#cancel);
    this.#released = true;
    this.#giveBack(error);
  };

  /** The server process, for `pg_cancel_backend`; behind a pooler, the pooler's number. */
  get processID(): number | null {
    return this.#held().processID;
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

  on(event: string, listener: Listener): this {
    (this.#held() as EventEmitter).on(event, listener);
    this.#listeners.push({ event, listener });
    return this;
  }

  once(event: string, listener: Listener): this {
    (this.#held() as EventEmitter).once(event, listener);
    this.#listeners.push({ event, listener });
    return this;
  }

  addListener(event: string, listener: Listener): this {
    return this.on(event, listener);
  }

  /** Allowed after the release, when it has nothing left to do: clean-up code may come late. */
  removeListener(event: string, listener: Listener): this {
    if (!this.#released) (this.#client as EventEmitter).removeListener(event, listener);
    return this;
  }

  off(event: string, listener: Listener): this {
    return this.removeListener(event, listener);
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
