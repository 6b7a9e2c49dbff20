import type pg from 'pg';
import { placementOf, readAddress } from '../homes/placements.js';
import type { TenancyPoolSettings } from '../pool-options.js';
import { atAddress, atDatabase, withFields } from '../support/postgres-address.js';
import { databaseNameOf, type Tenant } from '../tenant.js';
import { ConnectionBudget } from './connection-budget.js';
import { DatabasePool, type DatabasePoolStats } from './database-pool.js';
import type { PoolObservation } from './pool-observation.js';

/**
 * The pools of tenants with a database of their own. A pool is opened at the first request of its tenant, and
 * dropped when its last connection has been idle for long enough; all share one budget of connections.
 */
export class DatabasePools {
  readonly #ownServer: pg.PoolConfig;
  readonly #settings: TenancyPoolSettings;
  readonly #budget: ConnectionBudget;
  readonly #pools = new Map<string, Promise<DatabasePool>>();
  readonly #open = new Map<string, DatabasePool>();
  readonly #onConnect: (client: pg.PoolClient) => void;
  readonly #observation: PoolObservation;
  #throttled: ReadonlyMap<string, number> = new Map();
  #ended = false;

  /**
   * @param ownServer - how the pool of the other tenants connects; the server of placement `default`, unless the
   * options name one.
   * @param onConnect - is told of each connection that is opened, as by the event of a pool.
   */
  constructor(
    ownServer: pg.PoolConfig,
    settings: TenancyPoolSettings,
    onConnect: (client: pg.PoolClient) => void,
    observation: PoolObservation,
  ) {
    this.#onConnect = onConnect;
    this.#observation = observation;
    this.#ownServer = ownServer;
    this.#settings = settings;
    this.#budget = new ConnectionBudget(settings.databases.maxConnections);
  }

  /** The pool of the tenant's database. Calls at the same time get the same one. */
  poolOf(tenant: Tenant): Promise<DatabasePool> {
    if (this.#ended) return Promise.reject(new Error('Cannot use a pool after calling end on the pool'));
    const key = keyOf(tenant);
    let pool = this.#pools.get(key);
    if (!pool) {
      pool = this.#make(key, tenant);
      this.#pools.set(key, pool);
      pool.catch(() => this.#pools.delete(key));
    }
    return pool;
  }

  /** Begins to close the idle connections to the tenant's database. */
  closeIdle(tenant: Tenant): void {
    const pool = this.#open.get(keyOf(tenant));
    while (pool && pool.idleCount > 0) void pool.closeOneIdle();
  }

  stats(): ReadonlyMap<string, DatabasePoolStats> {
    return new Map([...this.#open].map(([key, pool]) => [key, pool.stats()]));
  }

  /** As of a pool; of those too that are opened later. */
  throttle(connections: ReadonlyMap<string, number>): void {
    this.#throttled = connections;
    for (const pool of this.#open.values()) pool.throttle(connections);
  }

  async end(): Promise<void> {
    this.#ended = true;
    const pools = await Promise.allSettled(this.#pools.values());
    await Promise.all(pools.map((pool) => (pool.status === 'fulfilled' ? pool.value.end() : undefined)));
  }

  async #make(key: string, tenant: Tenant): Promise<DatabasePool> {
    const { maxConnectionsPerTenant: max, idleTimeoutMs: idleTimeoutMillis } = this.#settings.databases;
    const config = withFields(await this.#addressOf(tenant), { max, idleTimeoutMillis });
    const pool = new DatabasePool(
      config,
      this.#settings,
      { tenant, budget: this.#budget },
      this.#observation,
    );
    pool.throttle(this.#throttled);
    pool.on('connect', this.#onConnect);
    this.#budget.add(pool);
    this.#open.set(key, pool);
    pool.on('remove', () => {
      this.#budget.freed();
      if (pool.totalCount > 0 || pool.waitingCount > 0 || pool.activeCount > 0) return;
      // It has no connection left. The next request opens a new pool, with the credentials that are valid then.
      if (this.#open.get(key) !== pool) return;
      this.#open.delete(key);
      this.#pools.delete(key);
      this.#budget.remove(pool);
    });
    return pool;
  }

  async #addressOf(tenant: Tenant): Promise<pg.PoolConfig> {
    const database = databaseNameOf(tenant);
    const placement = placementOf(this.#settings.databases.placements, tenant.placement);
    if (!placement) return atDatabase(this.#ownServer, database);
    const server = await readAddress(placement.url, tenant.placement);
    return atAddress(this.#ownServer, atDatabase(server, database));
  }
}

function keyOf({ placement, id }: Tenant): string {
  return `${placement}/${id}`;
}
