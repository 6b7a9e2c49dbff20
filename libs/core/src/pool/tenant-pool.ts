import type pg from 'pg';
import type { ScriptStatement } from '../pin/pinned-query.js';
import { parsePoolOptions, type TenancyPoolOptions } from '../pool-options.js';
import type { Tenant } from '../tenant.js';
import { auditSystemEntry } from '../tenant-context.js';
import {
  type ConnectCallback,
  DatabasePool,
  type DatabasePoolStats,
  type PoolScope,
} from './database-pool.js';
import { DatabasePools } from './database-pools.js';

export interface TenantPoolConfig extends pg.PoolConfig, TenancyPoolOptions {}

export interface TenantPoolStats extends DatabasePoolStats {
  /** The pools of tenants with a database of their own, by placement and tenant id. */
  readonly databases: ReadonlyMap<string, DatabasePoolStats>;
}

/**
 * A `pg.Pool` for many tenants: each client acts for the tenant in whose context it was asked for, and asking outside of
 * any context is an error. Tenants with a database of their own are served from that database.
 *
 * Use it wherever a `pg.Pool` goes (plain pg, Kysely, Drizzle, TypeORM). Connections that served a tenant before are
 * preferred for it, because their server process has cached the description of its tables.
 */
export class TenantPool extends DatabasePool {
  readonly #databases: DatabasePools;

  /** @throws {OptionsInvalidError} naming the path of each wrong option. */
  constructor(config: TenantPoolConfig) {
    const settings = parsePoolOptions(config);
    super(config, settings);
    this.#databases = new DatabasePools(config, settings, (client) => this.emit('connect', client));
  }

  /** This pool, acting for `tenant` whatever the context. It shares the pool's connections; ending it does nothing. */
  for(tenant: Tenant): pg.Pool {
    return this.#view({ kind: 'tenant', tenant });
  }

  /**
   * This pool, acting as the login that it connects as, with the path of a tenant's home (left out: of the shared
   * schemas) and without a role: what an owner may do to its schemas. For direct connections of the login that owns them.
   *
   * @param reason - for the audit log.
   * @param options.mayBeMissing - the home may not exist yet. The first statement must create it, because until then
   *   names without a schema mean objects in the shared schemas.
   */
  asOwner(reason: string, tenant?: Tenant, { mayBeMissing }: { mayBeMissing?: boolean } = {}): pg.Pool {
    auditSystemEntry(reason);
    return this.#view({ kind: 'owner', tenant, mayBeMissing });
  }

  /**
   * A statement for scripts of {@link asOwner}: those after it are for the home of another tenant of the same database, with the
   * same rights.
   *
   * @param reason - for the audit log.
   * @throws {IsolationViolationError} for a tenant with a database of its own.
   */
  ownerPin(reason: string, tenant: Tenant): ScriptStatement {
    auditSystemEntry(reason);
    return this.scriptPin({ kind: 'owner', tenant });
  }

  override stats(): TenantPoolStats {
    return { ...super.stats(), databases: this.#databases.stats() };
  }

  /** Ends when every connection has come back, those to databases of tenants too. */
  override end(): Promise<void>;
  override end(callback: () => void): void;
  override end(callback?: () => void): Promise<void> | undefined {
    const ended = Promise.all([super.end(), this.#databases.end()]).then(() => {});
    if (!callback) return ended;
    ended.then(callback, callback);
    return undefined;
  }

  protected override poolFor(scope: PoolScope): Promise<DatabasePool> | undefined {
    const tenant = scope.kind === 'system' ? undefined : scope.tenant;
    return tenant?.isolation === 'database' ? this.#databases.poolOf(tenant) : undefined;
  }

  #view(scope: PoolScope): pg.Pool {
    return Object.create(this, {
      connect: { value: (callback?: ConnectCallback) => this.connectAs(scope, callback) },
      end: { value: async () => {} },
      for: { value: (other: Tenant) => this.for(other) },
      asOwner: { value: (...args: Parameters<TenantPool['asOwner']>) => this.asOwner(...args) },
      stats: { value: () => this.stats() },
      waitingCount: { get: () => this.waitingCount },
    }) as pg.Pool;
  }
}
