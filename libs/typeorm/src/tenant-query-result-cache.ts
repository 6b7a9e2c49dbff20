import type { TenantClient } from '@rowhouse/core';
import type { QueryRunner } from 'typeorm';
import type { QueryResultCache } from 'typeorm/cache/QueryResultCache.js';
import type { QueryResultCacheOptions } from 'typeorm/cache/QueryResultCacheOptions.js';

/**
 * TypeORM's query-result cache, one compartment per tenant.
 *
 * TypeORM keys results by SQL and parameters, which are the same for every tenant, so the tenant is put
 * before both the key and the identifier.
 */
export class TenantQueryResultCache implements QueryResultCache {
  readonly #inner: QueryResultCache;
  readonly #compartment: () => string;

  /** @param compartment - names the tenant in force, or throws when there is none: a cached row is data too. */
  constructor(inner: QueryResultCache, compartment: () => string) {
    this.#inner = inner;
    this.#compartment = compartment;
  }

  /** The same cache for one tenant, whatever the context. */
  within(compartment: string): TenantQueryResultCache {
    return new TenantQueryResultCache(this.#inner, () => compartment);
  }

  connect(): Promise<void> {
    return this.#inner.connect();
  }

  disconnect(): Promise<void> {
    return this.#inner.disconnect();
  }

  synchronize(queryRunner?: QueryRunner): Promise<void> {
    return this.#inner.synchronize(queryRunner);
  }

  async getFromCache(
    options: QueryResultCacheOptions,
    queryRunner?: QueryRunner,
  ): Promise<QueryResultCacheOptions | undefined> {
    return this.#inner.getFromCache(await this.#own(options, queryRunner), queryRunner);
  }

  async storeInCache(
    options: QueryResultCacheOptions,
    savedCache: QueryResultCacheOptions | undefined,
    queryRunner?: QueryRunner,
  ): Promise<void> {
    await this.#inner.storeInCache(await this.#own(options, queryRunner), savedCache, queryRunner);
  }

  isExpired(savedCache: QueryResultCacheOptions): boolean {
    return this.#inner.isExpired(savedCache);
  }

  clear(queryRunner?: QueryRunner): Promise<void> {
    return this.#inner.clear(queryRunner);
  }

  async remove(identifiers: string[], queryRunner?: QueryRunner): Promise<void> {
    const compartment = await this.#compartmentOf(queryRunner);
    await this.#inner.remove(
      identifiers.map((identifier) => `${compartment} ${identifier}`),
      queryRunner,
    );
  }

  async #own(options: QueryResultCacheOptions, queryRunner?: QueryRunner): Promise<QueryResultCacheOptions> {
    const compartment = await this.#compartmentOf(queryRunner);
    return {
      ...options,
      query: options.query === undefined ? options.query : `${compartment} ${options.query}`,
      identifier:
        options.identifier === undefined ? options.identifier : `${compartment} ${options.identifier}`,
    };
  }

  /** Rows belong to the tenant of the connection they come from, which a query runner keeps in whatever context it is used. */
  async #compartmentOf(queryRunner: QueryRunner | undefined): Promise<string> {
    if (!queryRunner || !isConnected(queryRunner)) return this.#compartment();
    const client: Pick<TenantClient, 'tenantId'> = await queryRunner.connect();
    return compartmentOf(client.tenantId);
  }
}

/** Names a tenant's compartment, or the system's. */
export function compartmentOf(tenantId: string | undefined): string {
  return tenantId ?? 'system';
}

/** Whether it has its connection, or waits for it. Asking one that has none to connect would open one for a cached answer. */
function isConnected(queryRunner: QueryRunner): boolean {
  const { databaseConnection, databaseConnectionPromise } = queryRunner as unknown as Record<string, unknown>;
  return Boolean(databaseConnection ?? databaseConnectionPromise);
}
