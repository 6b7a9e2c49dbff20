import { type EventEmitter, once } from 'node:events';
import pg from 'pg';
import { leftState, PINNED } from './left-state.js';

/** What the server said to a text. */
export interface Answer {
  readonly error: pg.DatabaseError | undefined;
  /** Of each command that was completed. */
  readonly tags: readonly string[];
  /** As in ReadyForQuery: idle, in a transaction, in a failed one. */
  readonly before: string;
  readonly after: string;
}

/** A connection of pg alone, on which nothing is read before it is sent. */
export class Session {
  readonly #client: pg.Client;
  readonly #connection: EventEmitter;
  readonly #role: string;
  #tags: string[] = [];

  private constructor(url: string, role: string) {
    this.#client = new pg.Client({ connectionString: url });
    this.#role = role;
    this.#connection = (this.#client as unknown as { connection: EventEmitter }).connection;
    this.#connection.on('commandComplete', ({ text }: { text: string }) => this.#tags.push(text));
  }

  static async open(url: string, role: string): Promise<Session> {
    const session = new Session(url, role);
    await session.#client.connect();
    return session;
  }

  get status(): string {
    return this.#client.getTransactionStatus() ?? 'I';
  }

  async send(text: string): Promise<Answer> {
    this.#tags = [];
    const before = this.status;
    // An error is reported before the server is ready again, and with it the status.
    const ready = once(this.#connection, 'readyForQuery');
    const error = await this.#client.query(text).then(
      () => undefined,
      (reason: unknown) => {
        // Anything else is the end of the connection, or a fault of this program.
        if (reason instanceof pg.DatabaseError && reason.severity === 'ERROR') return reason;
        throw new Error(`${text}\nended the connection`, { cause: reason });
      },
    );
    await ready;
    return { error, tags: this.#tags, before, after: this.status };
  }

  /** Begins a transaction that is pinned as a tenant's. */
  async begin(): Promise<void> {
    await this.#client.query(`begin; select set_config('search_path', 'home, pg_temp', true),
      set_config('role', '${this.#role}', true), set_config('rowhouse.tenant_id', 'one', true)`);
  }

  /** What the transaction acts for. */
  async pinned(): Promise<string> {
    const { rows } = await this.#client.query({ text: PINNED, rowMode: 'array' });
    return JSON.stringify(rows[0]);
  }

  /** Ends the transaction, if there is one. A commit may fail: that is an end, too. */
  async finish(how: 'commit' | 'rollback'): Promise<void> {
    if (this.status !== 'I') await this.send(how);
  }

  leftState(): Promise<readonly string[]> {
    return leftState(this.#client);
  }

  async discard(): Promise<void> {
    await this.#client.query('discard all');
  }

  end(): Promise<void> {
    return this.#client.end();
  }
}
