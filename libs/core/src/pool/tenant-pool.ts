import type pg from 'pg';
import { deploymentNameOf } from '../homes/deployment-mark.js';
import { isElsewhere } from '../homes/placements.js';
import type { ScriptStatement } from '../pin/pinned-query.js';
import { parsePoolOptions, type TenancyPoolOptions } from '../pool-options.js';
import type { RecentWrites } from '../replicas/recent-writes.js';
import { Lazy } from '../support/lazy.js';
import type { Tenant } from '../tenant.js';
import { auditSystemEntry, TenantContext } from '../tenant-context.js';
import {
  type ConnectCallback,
  DatabasePool,
  type DatabasePoolStats,
  type PoolScope,
} from './database-pool.js';
import { DatabasePools } from './database-pools.js';
import { PoolObservation, type PoolObserver, type RunningStatement } from './pool-observation.js';

/** Captured while the module loads: no operator's entry is in force there. */
const outsideAnyContext = TenantContext.capture();

export interface TenantPoolConfig extends pg.PoolConfig, TenancyPoolOptions {}

export interface TenantPoolStats extends DatabasePoolStats {
  /** The pools of the databases beside the main one: of tenants (`placement/tenant id`) and of placements (`placement/`). */
  readonly databases: ReadonlyMap<string, DatabasePoolStats>;
}

/**
 * A `pg.Pool` for many tenants: each client acts for the tenant in whose context it was asked for, and asking outside of
 * any context is an error. Tenants whose home is in another database than the main one are served from that database.
 *
 * Use it wherever a `pg.Pool` goes (plain pg, Kysely, Drizzle, TypeORM). Connections that served a tenant before are
 * preferred for it, because their server process has cached the description of its tables.
 */
export class TenantPool extends DatabasePool {
  readonly #databases: DatabasePools;
  readonly #observation: PoolObservation;

  /** @throws {OptionsInvalidError} naming the path of each wrong option. */
  constructor(config: TenantPoolConfig) {
    const settings = parsePoolOptions(config);
    const observation = new PoolObservation();
    super(config, settings, undefined, observation);
    this.#observation = observation;
    const deployment = new Lazy(() =>
      outsideAnyContext(() => deploymentNameOf(this.#view({ kind: 'owner' }))),
    );
    this.#databases = new DatabasePools({
      main: config,
      settings,
      deployment: () => deployment.get(),
      onConnect: (client) => this.emit('connect', client),
      observation,
    });
  }

  /**
   * This pool, acting for `tenant` whatever the context. It shares the pool's connections; ending it does nothing.
   *
   * @param options.signal - when it is aborted, statements under way are cancelled, and nothing waits for a connection any more.
   */
  for(tenant: Tenant, { signal }: { readonly signal?: AbortSignal | undefined } = {}): pg.Pool {
    return this.#view({ kind: 'tenant', tenant, signal });
  }

  /**
   * This pool, acting as the login that it connects as, with the path of a tenant's home (left out: of the shared
   * schemas) and without a role: what an owner may do to its schemas. For direct connections of the login that owns them.
   *
   * @param reason - for the audit log.
   * @param options.mayBeMissing - the home may not exist yet. The first statement must create it, because until then
   *   names without a schema mean objects in the shared schemas.
   * @param options.signal - as of {@link for}.
   */
  asOwner(
    reason: string,
    tenant?: Tenant,
    { mayBeMissing, signal }: { mayBeMissing?: boolean; signal?: AbortSignal | undefined } = {},
  ): pg.Pool {
    auditSystemEntry(reason);
    return this.#view({ kind: 'owner', tenant, mayBeMissing, signal });
  }

  /**
   * A statement for scripts of {@link asOwner}: those after it are for the home of another tenant of the same database, with the
   * same rights.
   *
   * @param reason - for the audit log.
   * @throws {IsolationViolationError} for a tenant whose home is in another database than the main one.
   */
  ownerPin(reason: string, tenant: Tenant): ScriptStatement {
    auditSystemEntry(reason);
    return this.scriptPin({ kind: 'owner', tenant });
  }

  /**
   * Has an observer hear of everything that goes through this pool and those of the other databases, in place of the one
   * before it.
   *
   * @returns a function that ends it.
   */
  observe(observer: PoolObserver): () => void {
    const observation = this.#observation;
    observation.observer = observer;
    return () => {
      if (observation.observer === observer) observation.observer = undefined;
    };
  }

  /** Lets the observer know that a result was looked for in a cache. The parameters are those of {@link PoolObserver.cacheRead}. */
  cacheRead(key: string, isHit: boolean): void {
    this.#observation.observer?.cacheRead(key, isHit);
  }

  /** Has it note when tenants write, also in other databases; left out, no longer. */
  noteWrites(writes?: RecentWrites): void {
    this.#observation.writes = writes;
  }

  /**
   * Opens the pool of the database that a tenant's home is in, without a connection, so that {@link databaseOf} knows its name.
   *
   * @throws {PlacementUnknownError} {@link OptionsInvalidError} as the first statement for the tenant would do.
   */
  async locate(tenant: Tenant): Promise<void> {
    if (isElsewhere(tenant)) await this.#databases.poolOf(tenant);
  }

  /** The name of the database that a tenant's home is in, where it is not the main one and was looked up. */
  databaseOf(tenant: Tenant): string | undefined {
    return isElsewhere(tenant) ? this.#databases.nameOf(tenant) : undefined;
  }

  /** Begins to close the idle connections to the database of a tenant that has its own, so that an owner can drop it. */
  closeIdle(tenant: Tenant): void {
    this.#databases.closeIdle(tenant);
  }

  /** The statements that an observed pool, with those of the other databases, has under way. */
  running(): RunningStatement[] {
    return [...this.#observation.running].map((each) => each.running());
  }

  override throttle(connections: ReadonlyMap<string, number>): void {
    super.throttle(connections);
    this.#databases.throttle(connections);
  }

  override stats(): TenantPoolStats {
    return { ...super.stats(), databases: this.#databases.stats() };
  }

  /** Ends when every connection has come back, those to other databases too. */
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
    return tenant && isElsewhere(tenant) ? this.#databases.poolOf(tenant) : undefined;
  }

  #view(scope: PoolScope): pg.Pool {
    return Object.create(this, {
      connect: { value: (callback?: ConnectCallback) => this.connectAs(scope, callback) },
      end: { value: async () => {} },
      for: { value: (...args: Parameters<TenantPool['for']>) => this.for(...args) },
      asOwner: { value: (...args: Parameters<TenantPool['asOwner']>) => this.asOwner(...args) },
      noteWrites: { value: (writes?: RecentWrites) => this.noteWrites(writes) },
      closeIdle: { value: (tenant: Tenant) => this.closeIdle(tenant) },
      stats: { value: () => this.stats() },
      observe: { value: (observer: PoolObserver) => this.observe(observer) },
      running: { value: () => this.running() },
      throttle: { value: (...args: Parameters<TenantPool['throttle']>) => this.throttle(...args) },
      waitingCount: { get: () => this.waitingCount },
    }) as pg.Pool;
  }
}
