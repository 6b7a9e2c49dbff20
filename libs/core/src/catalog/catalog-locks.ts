import pg from 'pg';
import { Serial } from '../support/serial.js';
import { isTransientLockError } from '../support/sql-state.js';

/** What a lock is for; it keeps locks on the same id for different things apart. */
export type LockPurpose =
  | 'home'
  | 'tenant'
  | 'run'
  | 'prewarm'
  | 'operation'
  | 'domains'
  | 'clones'
  | 'backup'
  | 'metrics'
  | 'usage'
  | 'upload';

/** The name of a lock in `rowhouse.locks`. */
export function lockKeyOf(purpose: LockPurpose, id: string): string {
  return `${purpose}:${id}`;
}

/**
 * How long the server waits for a transaction that holds the same lock, and for the table, in milliseconds. Whatever the
 * database's default, a statement sees what was committed before it began.
 */
const SESSION = `set lock_timeout = 1000; set default_transaction_isolation = 'read committed'`;

/** The session that holds the locks. */
interface Session {
  readonly client: pg.Client;
  readonly statements: Serial;
  readonly lost: AbortController;
}

/**
 * Locks that this process holds for as long as a piece of work takes. All are held by one session (`rowhouse.locks` names it), so
 * that they go with the process, whatever happens to it. The session is opened for the first lock and ended with the last; it is not one of
 * the pool's, so that work which holds connections can wait for a lock.
 */
export class CatalogLocks {
  readonly #config: pg.ClientConfig;
  readonly #catalog: Pick<pg.Pool, 'query'>;
  /** Held by this process or being taken: a session may take a lock of its own twice. */
  readonly #keys = new Set<string>();
  #session: Promise<Session> | undefined;

  constructor(config: pg.ClientConfig, catalog: Pick<pg.Pool, 'query'>) {
    this.#config = config;
    this.#catalog = catalog;
  }

  /**
   * @param work - its signal is aborted when the session is lost, and the lock with it.
   * @returns `undefined`, without running anything, when somebody holds the lock, in this process or another.
   */
  async whileLocked<T>(
    key: string,
    work: (lost: AbortSignal) => Promise<T>,
  ): Promise<{ readonly result: T } | undefined> {
    if (this.#keys.has(key)) return undefined;
    this.#keys.add(key);
    try {
      const opening = this.#open();
      const { client, statements, lost } = await opening;
      if (!(await statements.run(() => take(client, key)))) return undefined;
      try {
        return { result: await work(lost.signal) };
      } finally {
        // A lock that cannot be given back goes with its session.
        await statements
          .run(() => client.query('select rowhouse.give_lock_back($1)', [key]))
          .catch(() => this.#end(opening));
      }
    } finally {
      this.#keys.delete(key);
      if (this.#keys.size === 0 && this.#session) await this.#end(this.#session);
    }
  }

  /** Those of the keys that somebody holds now, in any process. */
  async held(keys: readonly string[]): Promise<ReadonlySet<string>> {
    if (keys.length === 0) return new Set();
    const { rows } = await this.#catalog.query<{ key: string }>(
      'select l.name as key from rowhouse.locks l where l.name = any($1) and rowhouse.is_held(l.pid, l.started)',
      [keys],
    );
    return new Set(rows.map(({ key }) => key));
  }

  #open(): Promise<Session> {
    if (this.#session) return this.#session;
    const opening = this.#connect((error) => void this.#end(opening, error));
    this.#session = opening;
    opening.catch(() => this.#end(opening));
    return opening;
  }

  async #connect(onLost: (error: Error) => void): Promise<Session> {
    const client = new pg.Client(this.#config);
    client.on('error', onLost);
    client.on('end', () => onLost(new Error('The connection ended.')));
    await client.connect();
    await client.query(SESSION);
    return { client, statements: new Serial(), lost: new AbortController() };
  }

  /** @param error - why the session was lost, if it was. */
  async #end(opening: Promise<Session>, error?: Error): Promise<void> {
    if (this.#session !== opening) return;
    this.#session = undefined;
    const session = await opening.catch(() => undefined);
    session?.lost.abort(new Error('The lock was lost with its connection to the catalog.', { cause: error }));
    await session?.client.end().catch(() => {});
  }
}

/** Whether the session has the lock now. */
async function take(client: pg.Client, key: string): Promise<boolean> {
  try {
    const { rows } = await client.query<{ held: boolean }>('select rowhouse.take_lock($1) as held', [key]);
    return rows[0]?.held ?? false;
  } catch (error) {
    // A transaction holds it.
    if (isTransientLockError(error)) return false;
    throw error;
  }
}
