import type { TenancyPoolOptions, Tenant, TenantPool, TenantPoolStats } from '@rowhouse/core';
import type { DataSource } from 'typeorm';
import type { PostgresOptions } from './data-source-options.js';
import { dataSourceFor, openTenantDataSource } from './tenant-data-source.js';

export interface DataSourceRegistryOptions {
  /** The data source that follows the context, from {@link openTenantDataSource}. */
  readonly ambient: DataSource;
  /** The server without a pooler in between, for migrations. Default: where `ambient` connects to. */
  readonly directUrl?: string;
  readonly tenancy?: TenancyPoolOptions;
}

export interface DataSourceRegistryStats {
  /** Data sources handed out by {@link DataSourceRegistry.for}. */
  readonly handedOut: number;
  /** The pool behind the ambient data source and all that were handed out; replicas follow the primary. */
  readonly pools: readonly TenantPoolStats[];
}

/** Connections of the direct data source: migrations are few and long. */
const DIRECT_POOL_SIZE = 4;

/** Hands out data sources that act for one tenant. All share the connections of the ambient one. */
export class DataSourceRegistry {
  /** The data source behind injected repositories: it acts for the tenant of the context. */
  readonly ambient: DataSource;
  readonly #options: DataSourceRegistryOptions;
  #direct: Promise<DataSource> | undefined;
  #handedOut = 0;

  constructor(options: DataSourceRegistryOptions) {
    this.#options = options;
    this.ambient = options.ambient;
  }

  /**
   * A data source that acts for `tenant` whatever the context: repositories, query builder, `query()`,
   * transactions, streams, `synchronize()`, `runMigrations()`.
   *
   * It costs microseconds and no connection, so there is nothing to keep or to close. Lazy relations of
   * the entities it loads follow the context, not the data source.
   */
  for(tenant: Tenant): DataSource {
    this.#handedOut += 1;
    return dataSourceFor(this.ambient, tenant);
  }

  /**
   * A data source like {@link for}, over a direct connection with session pins: for what a transaction
   * pooler cannot carry and what no transaction may hold (`CREATE INDEX CONCURRENTLY`, session locks).
   */
  async directFor(tenant: Tenant): Promise<DataSource> {
    return dataSourceFor(await this.#openDirect(), tenant);
  }

  stats(): DataSourceRegistryStats {
    const { master, slaves } = this.ambient.driver as unknown as { master: TenantPool; slaves: TenantPool[] };
    return { handedOut: this.#handedOut, pools: [master, ...slaves].map((pool) => pool.stats()) };
  }

  /** Closes what the registry opened; the ambient data source belongs to who made it. */
  async close(): Promise<void> {
    const direct = await this.#direct?.catch(() => undefined);
    this.#direct = undefined;
    await direct?.destroy();
  }

  #openDirect(): Promise<DataSource> {
    this.#direct ??= this.#connectDirect().catch((error: unknown) => {
      this.#direct = undefined;
      throw error;
    });
    return this.#direct;
  }

  #connectDirect(): Promise<DataSource> {
    const { replication: _, ...options } = this.ambient.options as PostgresOptions;
    const { directUrl, tenancy } = this.#options;
    const address = directUrl ? { url: directUrl } : {};
    return openTenantDataSource(
      { ...options, ...address, poolSize: DIRECT_POOL_SIZE },
      { ...tenancy, pin: 'session' },
    );
  }
}
