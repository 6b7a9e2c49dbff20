import { createHash } from 'node:crypto';
import pg from 'pg';
import { Serial } from '../support/serial.js';

/** What a lock is for; it keeps locks on the same id for different things apart. */
export type LockPurpose = 'home' | 'tenant' | 'run' | 'prewarm';

/** Advisory locks are keyed by a signed 64-bit number (manual, 13.3.5). */
export function lockKeyOf(purpose: LockPurpose, id: string): string {
  return createHash('sha256').update(`rowhouse-${purpose}:${id}`).digest().readBigInt64BE().toString();
}

/** The session that holds the locks. */
interface Session {
  readonly client: pg.Client;
  readonly statements: Serial;
  readonly lost: AbortController;
}

/**
 * Locks that this process holds for as long as a piece of work takes. All are advisory locks of one session, so that they go
 * with the process, whatever happens to it. The session is opened for the first lock and ended with the last; it is not one of
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
      const { rows } = await statements.run(() =>
        client.query<{ held: boolean }>('select pg_catalog.pg_try_advisory_lock($1) as held', [key]),
      );
      if (!rows[0]?.held) return undefined;
      try {
        return { result: await work(lost.signal) };
      } finally {
        // A lock that cannot be given back goes with its session.
        await statements
          .run(() => client.query('select pg_catalog.pg_advisory_unlock($1)', [key]))
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
    // A lock by one bigint shows as its two halves (manual, 53.12 pg_locks).
    const { rows } = await this.#catalog.query<{ key: string }>(
      `select k.key from unnest($1::bigint[]) as k(key)
        where exists (select from pg_catalog.pg_locks l
          where l.locktype = 'advisory' and l.granted and l.objsubid = 1
            and l.database = (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database())
            and l.classid::bigint = (k.key >> 32) & 4294967295 and l.objid::bigint = k.key & 4294967295)`,
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
