import { createHash } from 'node:crypto';
import type pg from 'pg';
import { Serial } from '../support/serial.js';

/** What a lock is for; it keeps locks on the same id for different things apart. */
export type LockPurpose = 'home' | 'tenant' | 'run' | 'prewarm';

/** Advisory locks are keyed by a signed 64-bit number (manual, 13.3.5). */
export function lockKeyOf(purpose: LockPurpose, id: string): string {
  return createHash('sha256').update(`rowhouse-${purpose}:${id}`).digest().readBigInt64BE().toString();
}

/**
 * Locks that this process holds for as long as a piece of work takes. All are advisory locks of one session, so that they go
 * with the process, whatever happens to it; the session is ended when it holds none.
 */
export class CatalogLocks {
  readonly #pool: pg.Pool;
  /** Held by this process or being taken: a session may take a lock of its own twice. */
  readonly #keys = new Set<string>();
  #session: Promise<pg.PoolClient> | undefined;
  readonly #statements = new Serial();

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  /** @returns `undefined`, without running anything, when somebody holds the lock, in this process or another. */
  async whileLocked<T>(key: string, work: () => Promise<T>): Promise<{ readonly result: T } | undefined> {
    if (this.#keys.has(key)) return undefined;
    this.#keys.add(key);
    try {
      const session = await this.#open();
      const { rows } = await this.#statements.run(() =>
        session.query<{ held: boolean }>('select pg_catalog.pg_try_advisory_lock($1) as held', [key]),
      );
      if (!rows[0]?.held) return undefined;
      try {
        return { result: await work() };
      } finally {
        // A session that is gone has taken its locks with it.
        await this.#statements
          .run(() => session.query('select pg_catalog.pg_advisory_unlock($1)', [key]))
          .catch(() => {});
      }
    } finally {
      this.#keys.delete(key);
      if (this.#keys.size === 0) await this.#close();
    }
  }

  /** Those of the keys that somebody holds now, in any process. */
  async held(keys: readonly string[]): Promise<ReadonlySet<string>> {
    if (keys.length === 0) return new Set();
    // A lock by one bigint shows as its two halves (manual, 53.12 pg_locks).
    const { rows } = await this.#pool.query<{ key: string }>(
      `select k.key from unnest($1::bigint[]) as k(key)
        where exists (select from pg_catalog.pg_locks l
          where l.locktype = 'advisory' and l.granted and l.objsubid = 1
            and l.database = (select d.oid from pg_catalog.pg_database d where d.datname = pg_catalog.current_database())
            and l.classid::bigint = (k.key >> 32) & 4294967295 and l.objid::bigint = k.key & 4294967295)`,
      [keys],
    );
    return new Set(rows.map(({ key }) => key));
  }

  #open(): Promise<pg.PoolClient> {
    if (this.#session) return this.#session;
    const session = this.#pool.connect();
    this.#session = session;
    session.then(
      (client) => client.on('error', () => void this.#end(session)),
      () => void this.#end(session),
    );
    return session;
  }

  async #close(): Promise<void> {
    if (this.#session) await this.#end(this.#session);
  }

  /** Closed, not given back to the pool: nothing can be left on it. */
  async #end(session: Promise<pg.PoolClient>): Promise<void> {
    if (this.#session !== session) return;
    this.#session = undefined;
    (await session.catch(() => undefined))?.release(true);
  }
}
