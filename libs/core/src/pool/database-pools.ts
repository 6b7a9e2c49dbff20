import type pg from 'pg';
import { PlacementUnknownError } from '../errors.js';
import type { TenancyPoolSettings } from '../pool-options.js';
import { databaseNameOf, type Tenant } from '../tenant.js';
import { ConnectionBudget } from './connection-budget.js';
import type { TenantPool, TenantPoolStats } from './tenant-pool.js';
import { readUrl } from './url-reference.js';

/** What the pool of one tenant's database is made from. */
export interface DatabasePoolConfig extends pg.PoolConfig {
  readonly databaseOf: Tenant;
  readonly budget: ConnectionBudget;
}

type OpenPool = (config: DatabasePoolConfig) => TenantPool;

/**
 * The pools of tenants with a database of their own. A pool is made when its tenant first asks for a connection, and
 * forgotten when its last connection has been idle for long enough; all share one budget of connections.
 */
export class DatabasePools {
  readonly #settings: TenancyPoolSettings['databases'];
  readonly #ownServer: pg.PoolConfig;
  readonly #open: OpenPool;
  readonly #budget: ConnectionBudget;
  readonly #pools = new Map<string, Promise<TenantPool>>();
  readonly #ready = new Map<string, TenantPool>();
  #ended = false;

  /** @param ownServer - how the pool of the other tenants connects: where placement `default` leads. */
  constructor(settings: TenancyPoolSettings['databases'], ownServer: pg.PoolConfig, open: OpenPool) {
    this.#settings = settings;
    this.#ownServer = ownServer;
    this.#open = open;
    this.#budget = new ConnectionBudget(settings.maxConnections);
  }

  /** The pool of the tenant's database; those who ask for it at the same time get the same one. */
  poolOf(tenant: Tenant): Promise<TenantPool> {
    if (this.#ended) return Promise.reject(new Error('Cannot use a pool after calling end on the pool'));
    const key = `${tenant.placement}/${tenant.id}`;
    let pool = this.#pools.get(key);
    if (!pool) {
      pool = this.#make(key, tenant);
      this.#pools.set(key, pool);
      pool.catch(() => this.#pools.delete(key));
    }
    return pool;
  }

  stats(): ReadonlyMap<string, TenantPoolStats> {
    return new Map([...this.#ready].map(([key, pool]) => [key, pool.stats()]));
  }

  async end(): Promise<void> {
    this.#ended = true;
    const pools = await Promise.allSettled(this.#pools.values());
    await Promise.all(pools.map((pool) => (pool.status === 'fulfilled' ? pool.value.end() : undefined)));
  }

  async #make(key: string, tenant: Tenant): Promise<TenantPool> {
    const address = await this.#addressOf(tenant);
    const pool = this.#open({
      ...address,
      max: this.#settings.maxConnectionsPerTenant,
      idleTimeoutMillis: this.#settings.idleTimeoutMs,
      databaseOf: tenant,
      budget: this.#budget,
    });
    // Nobody else has this pool to listen to. An idle connection that breaks is replaced when the next one is needed.
    pool.on('error', () => {});
    this.#budget.add(pool);
    this.#ready.set(key, pool);
    pool.on('remove', () => {
      this.#budget.freed();
      if (pool.totalCount > 0 || pool.waitingCount > 0 || pool.activeCount > 0) return;
      // Nothing of it is left; the next request makes it anew, with the credentials of then.
      if (this.#ready.get(key) !== pool) return;
      this.#ready.delete(key);
      this.#pools.delete(key);
      this.#budget.remove(pool);
    });
    return pool;
  }

  async #addressOf(tenant: Tenant): Promise<pg.PoolConfig> {
    const { placements } = this.#settings;
    const placement = Object.hasOwn(placements, tenant.placement) ? placements[tenant.placement] : undefined;
    const database = databaseNameOf(tenant);
    if (placement) {
      const url = new URL(await readUrl(placement.url, tenant.placement));
      url.pathname = `/${database}`;
      return { ...this.#ownServer, connectionString: url.href };
    }
    if (tenant.placement !== 'default') throw new PlacementUnknownError(tenant.placement);
    const { connectionString, ...rest } = this.#ownServer;
    if (!connectionString) return { ...rest, database };
    return {
      ...rest,
      connectionString: Object.assign(new URL(connectionString), { pathname: `/${database}` }).href,
    };
  }
}
