import type pg from 'pg';
import { IsolationViolationError, PlacementRefusedError } from '../errors.js';
import { databaseKeyOf, databaseMark, placementMark, placementOf, readAddress } from '../homes/placements.js';
import type { TenancyPoolSettings } from '../pool-options.js';
import { atAddress, atDatabase, databaseIn, withFields } from '../support/postgres-address.js';
import { databaseNameOf, type Tenant } from '../tenant.js';
import { ConnectionBudget } from './connection-budget.js';
import { DatabasePool, type DatabasePoolStats, type OtherDatabase } from './database-pool.js';
import type { PoolObservation } from './pool-observation.js';

export interface DatabasePoolsOptions {
  /**
   * How the pool of the main database connects; the server of placement `default` for databases of tenants, unless the options name
   * one.
   */
  readonly main: pg.PoolConfig;
  readonly settings: TenancyPoolSettings;
  /** The name of the deployment, as its main database has it. */
  readonly deployment: () => Promise<string>;
  /** Called with each connection that is opened, as by the event of a pool. */
  readonly onConnect: (client: pg.PoolClient) => void;
  readonly observation: PoolObservation;
}

/**
 * The pools of the databases beside the main one: those of tenants with a database of their own, and one for each placement, which its
 * tenants with isolation `schema` and `row` share. A pool is opened at the first request, and dropped when its last connection has been
 * idle for long enough; all share one budget of connections.
 */
export class DatabasePools {
  readonly #options: DatabasePoolsOptions;
  readonly #budget: ConnectionBudget;
  readonly #pools = new Map<string, Promise<DatabasePool>>();
  readonly #open = new Map<string, DatabasePool>();
  /** The databases of placements, by the placement, as far as they were looked up. */
  readonly #names = new Map<string, string>();
  #throttled: ReadonlyMap<string, number> = new Map();
  #ended = false;

  constructor(options: DatabasePoolsOptions) {
    this.#options = options;
    this.#budget = new ConnectionBudget(options.settings.databases.maxConnections);
  }

  /** The pool of the database that the tenant's home is in. Calls at the same time get the same one. */
  poolOf(tenant: Tenant): Promise<DatabasePool> {
    if (this.#ended) return Promise.reject(new Error('Cannot use a pool after calling end on the pool'));
    const key = databaseKeyOf(tenant);
    let pool = this.#pools.get(key);
    if (!pool) {
      pool = this.#make(key, tenant);
      this.#pools.set(key, pool);
      pool.catch(() => this.#pools.delete(key));
    }
    return pool;
  }

  /** The name of the database that the tenant's home is in; `undefined` before the first {@link poolOf} of its placement. */
  nameOf(tenant: Tenant): string | undefined {
    return tenant.isolation === 'database' ? databaseNameOf(tenant) : this.#names.get(tenant.placement);
  }

  /** Begins to close the idle connections to the database that the tenant's home is in. */
  closeIdle(tenant: Tenant): void {
    const pool = this.#open.get(databaseKeyOf(tenant));
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
    const { main, settings, observation, onConnect } = this.#options;
    const { maxConnectionsPerTenant, idleTimeoutMs: idleTimeoutMillis } = settings.databases;
    const max = tenant.isolation === 'database' ? maxConnectionsPerTenant : main.max;
    const other = await this.#describe(key, tenant);
    const config = withFields(await this.#addressOf(tenant), { max, idleTimeoutMillis });
    const pool = new DatabasePool(config, settings, other, observation);
    pool.throttle(this.#throttled);
    pool.on('connect', onConnect);
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

  async #describe(key: string, tenant: Tenant): Promise<OtherDatabase> {
    const { placement, slug } = tenant;
    const common = { key, placement, budget: this.#budget };
    if (tenant.isolation === 'database') {
      const why = `The database of tenant ${slug} does not bear its mark. Make it with TenantHomes.prepare().`;
      const unmarked = () => new IsolationViolationError(why);
      return { ...common, isExclusive: true, mark: databaseMark(tenant), unmarked };
    }
    const mark = placementMark(placement, await this.#options.deployment());
    const unmarked = () => new PlacementRefusedError(placement, 'does not bear its mark', mark);
    return { ...common, isExclusive: false, mark, unmarked };
  }

  async #addressOf(tenant: Tenant): Promise<pg.PoolConfig> {
    const { main, settings } = this.#options;
    const placement = placementOf(settings.databases.placements, tenant.placement);
    if (!placement) return atDatabase(main, databaseNameOf(tenant));
    const server = await readAddress(placement.url, tenant.placement);
    if (tenant.isolation === 'database') return atAddress(main, atDatabase(server, databaseNameOf(tenant)));
    const name = databaseIn(server);
    if (name) this.#names.set(tenant.placement, name);
    return atAddress(main, server);
  }
}
