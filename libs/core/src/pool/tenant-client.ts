import type { EventEmitter } from 'node:events';
import { IsolationViolationError } from '../errors.js';
import type { Pin } from '../pin/pin.js';
import type { PinnedClient } from '../pin/pinned-client.js';

type Listener = (...args: unknown[]) => void;

/**
 * What a pool hands out: one connection, for one tenant, until it is released.
 *
 * It acts for its tenant in whatever context it is used. After its release it refuses every statement, so that a
 * reference kept too long cannot reach the connection while another tenant has it. Listeners that were added
 * through it are removed at its release.
 */
export class TenantClient {
  readonly #client: PinnedClient;
  readonly #pin: Pin;
  readonly #giveBack: (error?: Error | boolean) => void;
  readonly #listeners: Array<{ event: string; listener: Listener }> = [];
  readonly #signal: AbortSignal | undefined;
  #released = false;

  /** @param signal - when it is aborted, the running statement is cancelled. */
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
   * Gives the connection back to its pool. A connection with an open transaction, a running statement
   * or session state is closed instead, and so is one released with an error.
   */
  release = (error?: Error | boolean): void => {
    if (this.#released)
      throw new Error('Release called on client which has already been released to the pool.');
    for (const { event, listener } of this.#listeners) this.#client.removeListener(event, listener);
    this.#signal?.removeEventListener('abort', this.#cancel);
    this.#released = true;
    this.#giveBack(error);
  };

  /** The id of the server process, for `pg_cancel_backend`; behind a pooler, an id that the pooler invented. */
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

  /** Allowed after the release, when it does nothing: clean-up code may run late. */
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
