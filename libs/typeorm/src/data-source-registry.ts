import {
  type PlacementOptions,
  type ReplicaReadStats,
  type TenancyPoolOptions,
  type Tenant,
  TenantHomes,
  type TenantPool,
  type TenantPoolStats,
} from '@rowhouse/core';
import {
  databaseKeyOf,
  historyTables,
  isElsewhere,
  Lazy,
  loginOf,
  type PoolObserver,
  type RunningStatement,
  type ScriptStatement,
} from '@rowhouse/core/internal';
import type { Pool } from 'pg';
import { DataSource } from 'typeorm';
import type { PostgresOptions } from './data-source-options.js';
import { viewOf } from './data-source-view.js';
import { define, driverOf, type PostgresDriver, poolOf } from './driver-parts.js';
import { OwnerConnections } from './owner-connections.js';
import { addressOf, optionsAt } from './postgres-address.js';
import { replicaStatsOf } from './replica-reads.js';

export interface DataSourceRegistryOptions {
  /** The data source that follows the context, from `openTenantDataSource`. */
  readonly ambient: DataSource;
  /**
   * URL of the login that owns the tenants' schemas, without a pooler in between; for provisioning and migrations.
   * Default: the address of `ambient`.
   */
  readonly directUrl?: string;
  readonly tenancy?: TenancyPoolOptions;
}

export interface DataSourceRegistryStats {
  /** Data sources handed out by {@link DataSourceRegistry.for}. */
  readonly handedOut: number;
  /** The pool behind the ambient data source and all that were handed out; replicas follow the primary. */
  readonly pools: readonly TenantPoolStats[];
  /** Where reads went; `undefined` without replicas. */
  readonly reads: ReplicaReadStats | undefined;
}

/** Hands out data sources that act for one tenant. All share the connections of the ambient one. */
export class DataSourceRegistry {
  /** The data source behind injected repositories: it acts for the tenant of the context. */
  readonly ambient: DataSource;
  /** Makes the schemas, roles, databases and grants of tenants. */
  readonly homes: TenantHomes;
  readonly #options: DataSourceRegistryOptions;
  readonly #owner = new Lazy(() => this.#connectOwner());
  /** Databases beside the main one that have the extensions that the entities need, and an outbox for jobs. */
  readonly #complete = new Set<string>();
  #handedOut = 0;

  constructor(options: DataSourceRegistryOptions) {
    const { ambient, directUrl, tenancy } = options;
    const login = loginOf(addressOf(ambient.options));
    this.#options = options;
    this.ambient = ambient;
    this.homes = new TenantHomes({
      owner: addressOf(ambient.options, directUrl),
      logins: login ? [login] : undefined,
      pool: tenancy,
      readOnlyTables: historyTables(ambient.options.migrationsTableName),
    });
  }

  /**
   * A data source that acts for `tenant` whatever the context: repositories, query builder, `query()`, transactions,
   * streams. Schema changes (`synchronize()`, `runMigrations()`, `undoLastMigration()`) run on {@link directFor}.
   *
   * It costs microseconds and no connection, so there is nothing to keep or to close. Lazy relations of
   * the entities it loads follow the context, not the data source.
   *
   * @param options.signal - when it is aborted, statements under way are cancelled, and nothing waits for a connection any more.
   */
  for(tenant: Tenant, options: { readonly signal?: AbortSignal | undefined } = {}): DataSource {
    this.#handedOut += 1;
    const asOwner = async <T>(work: (owner: DataSource) => Promise<T>) => work(await this.directFor(tenant));
    return viewOf(this.ambient, {
      tenant,
      pinned: (pool) => pool.for(tenant, options),
      overrides: {
        runMigrations: (options) => asOwner((owner) => owner.runMigrations(options)),
        undoLastMigration: (options) => asOwner((owner) => owner.undoLastMigration(options)),
        showMigrations: () => asOwner((owner) => owner.showMigrations()),
        synchronize: (dropBeforeSync) => asOwner((owner) => owner.synchronize(dropBeforeSync)),
      },
    });
  }

  /**
   * A data source in the home of a tenant as the login that owns it, over a direct connection with session pins: for
   * changes to the schema, and for statements that no transaction may contain (`CREATE INDEX CONCURRENTLY`). It acts in
   * no tenant's role, so PostgreSQL does not confine it to this home. Each call is audited.
   *
   * `synchronize()`, `runMigrations()` and `undoLastMigration()` have every instance read the tenant anew, as
   * {@link TenantHomes.announceChange} does. After those in the home that tenants with isolation `row` share, the grants on its tables are
   * brought up to date.
   *
   * @param options.mayBeMissing - the home may not exist yet; the first statement must create it.
   * @param options.signal - as of {@link for}.
   */
  async directFor(
    tenant: Tenant,
    options: { mayBeMissing?: boolean; signal?: AbortSignal | undefined } = {},
  ): Promise<DataSource> {
    const { driver, pool } = await this.#owner.get();
    // An address that is unknown is reported by the first statement that needs it.
    await pool.locate(tenant).catch(() => {});
    const reason = `change the schema of tenant ${tenant.slug}`;
    const dataSource = viewOf(this.ambient, {
      tenant,
      driver,
      pinned: (pool) => pool.asOwner(reason, tenant, options),
      overrides: {
        options: driver.options as PostgresOptions,
        ...this.#structureChanges(tenant),
      },
    });
    if (isElsewhere(tenant) && !options.mayBeMissing) {
      // A database that is missing or out of reach is reported by the first statement that needs it.
      await this.#complement(tenant, dataSource).catch(() => {});
    }
    return dataSource;
  }

  /**
   * Makes the extensions that the entities need, as TypeORM does in the database that it connects to: `uuid-ossp` for
   * `@PrimaryGeneratedColumn('uuid')`, for example; and the outbox for jobs, which databases of earlier releases lack. Once for each
   * database that is not the main one.
   */
  async #complement(tenant: Tenant, { driver }: DataSource): Promise<void> {
    const key = databaseKeyOf(tenant);
    if (this.#complete.has(key)) return;
    // It notes on the driver what the server's version supports, which the driver of the owner knows already.
    const { isGeneratedColumnsSupported } = driver as PostgresDriver;
    await define(Object.create(driver) as PostgresDriver, { isGeneratedColumnsSupported }).afterConnect();
    await this.homes.openOutbox(tenant);
    this.#complete.add(key);
  }

  /**
   * As {@link directFor}, without TypeORM: a pool of connections that act as the owner in the home of a tenant; left out, in the
   * shared schemas.
   *
   * @param options.signal - as of {@link for}.
   */
  async directPoolFor(
    tenant?: Tenant,
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<Pool> {
    const { pool } = await this.#owner.get();
    return pool.asOwner(
      `change the schema of ${tenant ? `tenant ${tenant.slug}` : 'tenants'}`,
      tenant,
      options,
    );
  }

  /**
   * A statement for scripts that are sent over {@link directPoolFor}: those after it are for the home of another tenant of the
   * same database.
   */
  async directPinOf(tenant: Tenant): Promise<ScriptStatement> {
    const { pool } = await this.#owner.get();
    return pool.ownerPin(`change the schema of tenant ${tenant.slug}`, tenant);
  }

  /**
   * Removes the home of a tenant with everything in it, as `homes.remove()`. The idle connections of this process to a database of
   * the tenant's own are closed before: an owner that may not end the application's would wait until they have been idle for long
   * enough.
   */
  async removeHome(tenant: Tenant): Promise<void> {
    if (tenant.isolation === 'database') {
      const { pool: owned } = await this.#owner.get();
      for (const pool of [...this.#pools(), owned]) pool.closeIdle(tenant);
    }
    await this.homes.remove(tenant);
  }

  stats(): DataSourceRegistryStats {
    const pools = this.#pools().map((pool) => pool.stats());
    return { handedOut: this.#handedOut, pools, reads: replicaStatsOf(driverOf(this.ambient)) };
  }

  /**
   * Has an observer hear of all statements of tenants and of the system, on every pool; not of those of the owner.
   *
   * @returns a function that ends it.
   */
  observe(observer: PoolObserver): () => void {
    const stops = this.#pools().map((pool) => pool.observe(observer));
    return () => {
      for (const stop of stops) stop();
    };
  }

  /** Statements of tenants and of the system that are under way, on every pool that is observed. */
  running(): RunningStatement[] {
    return this.#pools().flatMap((pool) => pool.running());
  }

  /**
   * Gives some tenants no more connections of each pool than they are named with, by their ids, in place of what was given before.
   *
   * @param connections - at least 1 each.
   */
  throttle(connections: ReadonlyMap<string, number>): void {
    for (const pool of this.#pools()) pool.throttle(connections);
  }

  /** Closes what the registry opened. The ambient data source stays open. */
  async close(): Promise<void> {
    const owner = await this.#owner.take();
    await Promise.all([owner?.close(), this.homes.close()]);
  }

  #pools(): readonly TenantPool[] {
    const driver = driverOf(this.ambient);
    return [poolOf(driver), ...driver.slaves];
  }

  #structureChanges(tenant: Tenant): Partial<DataSource> {
    const { runMigrations, undoLastMigration, synchronize } = DataSource.prototype;
    return {
      runMigrations: this.#announced(tenant, runMigrations),
      undoLastMigration: this.#announced(tenant, undoLastMigration),
      synchronize: this.#announced(tenant, synchronize),
    };
  }

  #announced<Args extends unknown[], T>(
    tenant: Tenant,
    change: (...args: Args) => Promise<T>,
  ): (this: DataSource, ...args: Args) => Promise<T> {
    const { homes } = this;
    return async function changed(this: DataSource, ...args) {
      await homes.announceChange(tenant);
      try {
        const result = await change.apply(this, args);
        if (tenant.isolation === 'row') await homes.repairShared(tenant.placement);
        await homes.announceChange(tenant);
        return result;
      } catch (error) {
        // The first error is the one to report.
        await homes.announceChange(tenant).catch(() => {});
        throw error;
      }
    };
  }

  #connectOwner(): Promise<OwnerConnections> {
    const options = this.ambient.options as PostgresOptions;
    const { directUrl, tenancy } = this.#options;
    return OwnerConnections.open(this.ambient, optionsAt(options, addressOf(options, directUrl)), {
      ...tenancy,
      pin: 'session',
      databases: { ...tenancy?.databases, placements: this.#ownedPlacements() },
    });
  }

  #ownedPlacements(): Record<string, PlacementOptions> {
    const placements = Object.entries(this.#options.tenancy?.databases?.placements ?? {});
    return Object.fromEntries(placements.map(([name, { url, ownerUrl = url }]) => [name, { url: ownerUrl }]));
  }
}
