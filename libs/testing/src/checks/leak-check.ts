import { AssertionError } from 'node:assert';
import { counted } from '@rowhouse/core/internal';
import pg from 'pg';

/** The counters of a `pg.Pool`, and so of a `TenantPool`. */
export interface CountedPool {
  readonly options: pg.PoolConfig;
  readonly totalCount: number;
  readonly idleCount: number;
  readonly waitingCount: number;
}

export interface LeakCheckOptions {
  /** The pool to which every connection should have been released. */
  readonly pool?: CountedPool;
  /** A TypeORM `DataSource`: its pool is checked, and those of its replicas. */
  readonly dataSource?: { readonly driver: object };
  /** The database to check. Default: the one that the pool connects to. */
  readonly url?: string;
  /**
   * How many connections to the database may be open in total, for example 0 after the app has closed. Default: any
   * number.
   */
  readonly maxConnections?: number;
  /**
   * `none` (default): an idle connection of the pool must have no pin and no setting of its session.
   * `kept`: for pools with `pin: 'session'`, whose connections stay pinned.
   */
  readonly pins?: 'none' | 'kept';
  /** Settings that your own code sets on each connection, by name. They are not reported. Default none. */
  readonly allowedSettings?: readonly string[];
  /**
   * How long a leak may take to disappear, because a release needs a round trip to the server. Milliseconds. Default
   * 2,000.
   */
  readonly withinMs?: number;
}

const POLL_MS = 20;

/**
 * Proves that a test has left nothing behind: no running statement, no open transaction, no connection checked out or
 * waited for, no pin on an idle connection. Call it after each test.
 *
 * The database should belong to the suite alone (see {@link createTestDatabase}), because the check reads
 * `pg_stat_activity`, where statements of other users would count as well.
 *
 * @example
 * afterEach(() => expectNoLeaks({ dataSource }));
 *
 * @throws {AssertionError} that lists what is left.
 */
export async function expectNoLeaks(options: LeakCheckOptions): Promise<void> {
  const pools = poolsOf(options);
  const observer = new pg.Client(connectionOf(options, pools));
  await observer.connect();
  try {
    // In looks, not by the clock: while a machine stands still, nothing can disappear.
    const looks = (options.withinMs ?? 2_000) / POLL_MS;
    let leaks = await findLeaks(observer, pools, options);
    for (let look = 0; leaks.length > 0 && look < looks; look += 1) {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      leaks = await findLeaks(observer, pools, options);
    }
    if (leaks.length === 0) return;
    throw new AssertionError({
      message: `The test left behind:\n${leaks.map((leak) => `- ${leak}`).join('\n')}`,
    });
  } finally {
    await observer.end();
  }
}

function poolsOf({ pool, dataSource }: LeakCheckOptions): readonly CountedPool[] {
  const { master, slaves = [] } = (dataSource?.driver ?? {}) as {
    master?: CountedPool;
    slaves?: CountedPool[];
  };
  return [pool, master, ...slaves].filter((one) => one !== undefined);
}

function connectionOf({ url }: LeakCheckOptions, [pool]: readonly CountedPool[]): pg.ClientConfig {
  if (url) return { connectionString: url };
  if (pool) return pool.options;
  throw new TypeError('expectNoLeaks needs something to look at: a pool, a dataSource or a url.');
}

async function findLeaks(
  observer: pg.Client,
  pools: readonly CountedPool[],
  options: LeakCheckOptions,
): Promise<string[]> {
  const leaks = pools.flatMap(findUnreturned);
  leaks.push(...(await findUnfinished(observer)));
  if (options.maxConnections !== undefined)
    leaks.push(...(await findSurplus(observer, options.maxConnections)));
  // Connections that were not released are reported first; their pins are no leak of their own.
  if (leaks.length > 0 || options.pins === 'kept') return leaks;
  for (const pool of pools) leaks.push(...(await findPinned(pool, options.allowedSettings ?? [])));
  return leaks;
}

function findUnreturned({ totalCount, idleCount, waitingCount }: CountedPool): string[] {
  const checkedOut = totalCount - idleCount;
  return [
    ...(checkedOut > 0
      ? [`${checkedOut} of the pool's ${counted(totalCount, 'connection')} not released`]
      : []),
    ...(waitingCount > 0 ? [`${counted(waitingCount, 'request')} waiting for a connection`] : []),
  ];
}

const OTHERS = `from pg_stat_activity
  where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()`;

/** @see https://www.postgresql.org/docs/18/monitoring-stats.html#MONITORING-PG-STAT-ACTIVITY-VIEW */
async function findUnfinished(observer: pg.Client): Promise<string[]> {
  const { rows } = await observer.query<{ pid: number; state: string; query: string }>(
    `select pid, state, left(query, 200) as query ${OTHERS}
       and (state = 'active' or state like 'idle in transaction%') order by pid`,
  );
  return rows.map(({ pid, state, query }) => `connection ${pid} ${state}, last statement: ${query}`);
}

async function findSurplus(observer: pg.Client, allowed: number): Promise<string[]> {
  const { rows } = await observer.query<{ pid: number; application: string; query: string }>(
    `select pid, application_name as application, left(query, 200) as query ${OTHERS} order by backend_start`,
  );
  if (rows.length <= allowed) return [];
  return rows.map(
    ({ pid, application, query }) =>
      `connection ${pid}${application && ` of ${application}`}, with ${allowed} allowed in all, last statement: ${query}`,
  );
}

/**
 * Settings made for the session (a pin made for a transaction is none), a role other than the one that logged in, and a
 * tenant's id, which PostgreSQL leaves out of its list of settings because no extension has declared it. The
 * settings of the last transaction stay listed after it, and count for nothing.
 */
const SESSION_STATE = `
  select name || ' = ' || setting as state from pg_settings
   where source = 'session' and not name = any ($1) and name not like 'transaction\\_%'
  union all
  select 'role = ' || current_user where current_user <> session_user
  union all
  select 'rowhouse.tenant_id = ' || current_setting('rowhouse.tenant_id', true)
   where current_setting('rowhouse.tenant_id', true) <> ''`;

async function findPinned(pool: CountedPool, allowedSettings: readonly string[]): Promise<string[]> {
  const leaks: string[] = [];
  for (const client of idleClientsOf(pool)) {
    const { rows } = await queryAsIs(client, SESSION_STATE, [allowedSettings]);
    leaks.push(...rows.map(({ state }) => `an idle connection with session state: ${state}`));
  }
  return leaks;
}

/**
 * Calls `pg`'s own query method. The clients of a tenant pool override it, because their statements need a pin.
 */
function queryAsIs(
  client: pg.Client,
  sql: string,
  values: unknown[],
): Promise<pg.QueryResult<{ state: string }>> {
  const query: (sql: string, values: unknown[]) => Promise<pg.QueryResult> = pg.Client.prototype.query;
  return query.call(client, sql, values);
}

/** pg-pool's internal list. There is no public one, and checking a client out would change its state. */
function idleClientsOf(pool: CountedPool): pg.Client[] {
  const { _idle: idle } = pool as unknown as { _idle?: ReadonlyArray<{ client: pg.Client }> };
  if (idle) return idle.map(({ client }) => client);
  throw new TypeError(
    "This pool does not show its idle connections; pass pins: 'kept' to leave them unchecked.",
  );
}
