import pg from 'pg';
import type { ScriptStatement } from '../pin/pinned-query.js';
import { isDirect } from '../pool/direct-connection.js';
import { Lazy } from '../support/lazy.js';
import { clientConfig, type PostgresAddress, withFields } from '../support/postgres-address.js';
import { watchRoute } from '../support/route-watch.js';
import { TenantContext } from '../tenant-context.js';
import { CatalogLocks } from './catalog-locks.js';
import { type CatalogMigrationReport, migrateCatalog } from './migrate-catalog.js';
import { type NotificationHandler, Notifications } from './notifications.js';

/** The address of the catalog's database, for the login that owns it; past any pooler, for LISTEN and locks. */
export interface CatalogOptions extends PostgresAddress {
  /** Connections for short statements, opened when they are needed. Default 6. */
  readonly max?: number;
  /**
   * How many of them stay open once they are, although nobody needs them; others are closed after 10 s. With 1, who looks for a tenant
   * after a quiet time waits for no connection; the process goes on until {@link Catalog.close}. Default 0.
   */
  readonly min?: number;
  /** Called when an idle connection breaks. It is replaced when the next one is needed. */
  readonly onIdleError?: (error: Error) => void;
}

const CONNECTIONS = 6;
/** How long a statement waits for a connection, and a connection for the server. Milliseconds. */
const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Rowhouse's own tables, schema `rowhouse` of one database: the one way there for everything in a process. It opens nothing
 * before it is asked, then a small pool, and one connection that listens where somebody does.
 *
 *     const catalog = new Catalog({ url: process.env.DIRECT_DATABASE_URL });
 *     await catalog.migrate();
 *     …
 *     await catalog.close();
 */
export class Catalog {
  /** What PostgreSQL notifies, on one connection. */
  readonly notifications: Notifications;
  /** Runs one statement. Under an operator's entry that only reads, PostgreSQL refuses those that write. */
  readonly query: pg.Pool['query'];
  readonly #pool: pg.Pool;
  readonly #locks: CatalogLocks;
  readonly #migrated: Lazy<CatalogMigrationReport>;
  readonly #direct: Lazy<boolean>;
  readonly #lastWork: Array<() => Promise<void>> = [];
  #closed: Promise<void> | undefined;

  constructor(options: CatalogOptions) {
    const { max = CONNECTIONS, min = 0, onIdleError = () => {} } = options;
    const address = withFields(clientConfig(options), {
      keepAlive: true,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    });
    const pool = new pg.Pool(withFields(address, { max, min, application_name: 'rowhouse-catalog' }));
    // Without a listener the event would end the process.
    pool.on('error', (error) => {
      if (!pool.ending) onIdleError(error);
    });
    watchRoute(pool);
    this.#pool = pool;
    this.query = (...args: unknown[]) =>
      TenantContext.entry()?.readOnly
        ? this.transaction((client) => Reflect.apply(client.query, client, args))
        : Reflect.apply(pool.query, pool, args);
    this.#locks = new CatalogLocks(withFields(address, { application_name: 'rowhouse-locks' }), pool);
    this.#migrated = new Lazy(() => migrateCatalog(pool));
    this.#direct = new Lazy(() => isDirect(pool));
    this.notifications = new Notifications({
      client: withFields(address, { application_name: 'rowhouse-listener' }),
    });
  }

  /**
   * Brings the tables to the version that this release needs, once.
   *
   * @throws {CatalogTooNewError} when a newer release has migrated them.
   * @throws {CatalogBusyError} when others hold locks on them for half a minute.
   */
  migrate(): Promise<CatalogMigrationReport> {
    return this.#migrated.get();
  }

  /** Whether the connections reach the server without a transaction pooler in between. */
  isDirect(): Promise<boolean> {
    return this.#direct.get();
  }

  /** Runs `work` in one transaction, which only reads under an operator's entry that does. */
  async transaction<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const client = await this.#pool.connect();
    try {
      await client.query(TenantContext.entry()?.readOnly ? 'begin read only' : 'begin');
      const result = await work(client);
      await client.query('commit');
      client.release();
      return result;
    } catch (error) {
      // The connection may be what failed: PostgreSQL rolls back when it is closed.
      await client.query('rollback').then(
        () => client.release(),
        () => client.release(true),
      );
      throw error;
    }
  }

  /** Runs statements in one transaction. */
  async run(statements: readonly ScriptStatement[]): Promise<void> {
    if (statements.length > 0) await this.transaction((client) => runEach(client, statements));
  }

  /**
   * Runs `work` while this process alone holds a lock; it goes with the process. The catalog must be migrated.
   *
   * @param key - of `lockKeyOf`.
   * @param work - its signal is aborted when the lock is lost with its connection: others may take it from then on.
   * @returns `undefined`, without running anything, when somebody holds the lock.
   */
  whileLocked<T>(
    key: string,
    work: (lost: AbortSignal) => Promise<T>,
  ): Promise<{ readonly result: T } | undefined> {
    return this.#locks.whileLocked(key, work);
  }

  /** Those of the keys whose lock somebody holds now, in any process. */
  heldLocks(keys: readonly string[]): Promise<ReadonlySet<string>> {
    return this.#locks.held(keys);
  }

  /** Reports what is sent to a channel, until the returned function is called. */
  listen(channel: string, handler: NotificationHandler): Promise<() => Promise<void>> {
    return this.notifications.subscribe(channel, handler);
  }

  /**
   * Has `work` run when the catalog is to be closed, while its connections are still open: for what is written last.
   *
   * @param work - must not fail.
   */
  beforeClose(work: () => Promise<void>): void {
    this.#lastWork.push(work);
  }

  /** Closes every connection, when the statements under way have ended. May be called twice. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    await Promise.all(this.#lastWork.map((work) => work()));
    await Promise.all([this.notifications.close(), this.#pool.end()]);
  }
}

/** Runs statements one after the other. */
export async function runEach(
  client: Pick<pg.ClientBase, 'query'>,
  statements: readonly ScriptStatement[],
): Promise<void> {
  for (const { text, values } of statements) await client.query(text, [...(values ?? [])]);
}
