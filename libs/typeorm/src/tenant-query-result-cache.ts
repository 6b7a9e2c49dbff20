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
    return this.#inner.getFromCache(this.#own(options), queryRunner);
  }

  async storeInCache(
    options: QueryResultCacheOptions,
    savedCache: QueryResultCacheOptions | undefined,
    queryRunner?: QueryRunner,
  ): Promise<void> {
    await this.#inner.storeInCache(this.#own(options), savedCache, queryRunner);
  }

  isExpired(savedCache: QueryResultCacheOptions): boolean {
    return this.#inner.isExpired(savedCache);
  }

  clear(queryRunner?: QueryRunner): Promise<void> {
    return this.#inner.clear(queryRunner);
  }

  async remove(identifiers: string[], queryRunner?: QueryRunner): Promise<void> {
    const compartment = this.#compartment();
    await this.#inner.remove(
      identifiers.map((identifier) => `${compartment} ${identifier}`),
      queryRunner,
    );
  }

  #own(options: QueryResultCacheOptions): QueryResultCacheOptions {
    const compartment = this.#compartment();
    return {
      ...options,
      query: options.query === undefined ? options.query : `${compartment} ${options.query}`,
      identifier:
        options.identifier === undefined ? options.identifier : `${compartment} ${options.identifier}`,
    };
  }
}
