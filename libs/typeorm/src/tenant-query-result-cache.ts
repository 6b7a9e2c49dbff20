import { type Tenant, TenantContext, TenantContextMissingError, type TenantScope } from '@rowhouse/core';
import type { DataSource, QueryRunner } from 'typeorm';
import type { QueryResultCache } from 'typeorm/cache/QueryResultCache.js';
import type { QueryResultCacheOptions } from 'typeorm/cache/QueryResultCacheOptions.js';
import { driverOf, poolOf } from './driver-parts.js';
import { keyOfScope, scopeInForce } from './query-runners.js';

/**
 * TypeORM's query-result cache, one compartment per tenant.
 *
 * TypeORM keys results by SQL and parameters, which are the same for every tenant, so the tenant is put
 * before both the key and the identifier. Without a tenant or system context it throws: a cached row is data too. Under an operator's
 * entry nothing is kept, or read from what is: an entry that only reads cannot write to a cache in a table.
 */
export class TenantQueryResultCache implements QueryResultCache {
  readonly #inner: QueryResultCache;
  readonly #dataSource: DataSource;
  readonly #tenant: Tenant | undefined;

  /**
   * @param dataSource - whose cache it is.
   * @param tenant - the tenant that it serves; left out, the tenant of the context.
   */
  constructor(inner: QueryResultCache, dataSource: DataSource, tenant?: Tenant) {
    this.#inner = inner;
    this.#dataSource = dataSource;
    this.#tenant = tenant;
  }

  /** A cache as it is, or made one with compartments. */
  static of(cache: QueryResultCache, dataSource: DataSource): TenantQueryResultCache {
    return cache instanceof TenantQueryResultCache ? cache : new TenantQueryResultCache(cache, dataSource);
  }

  /** The same cache for one tenant, whatever the context. */
  within(tenant: Tenant): TenantQueryResultCache {
    return new TenantQueryResultCache(this.#inner, this.#dataSource, tenant);
  }

  connect(): Promise<void> {
    return this.#inner.connect();
  }

  disconnect(): Promise<void> {
    return this.#inner.disconnect();
  }

  synchronize(queryRunner?: QueryRunner): Promise<void> {
    return this.#enter(() => this.#inner.synchronize(queryRunner));
  }

  getFromCache(
    options: QueryResultCacheOptions,
    queryRunner?: QueryRunner,
  ): Promise<QueryResultCacheOptions | undefined> {
    return this.#enter(async () => {
      const scope = requireScope(queryRunner);
      if (TenantContext.entry()) return undefined;
      const kept = await this.#inner.getFromCache(inCompartment(keyOfScope(scope), options), queryRunner);
      poolOf(driverOf(this.#dataSource)).cacheRead(
        scope.kind === 'tenant' ? scope.tenant.id : '',
        kept !== undefined && !this.#inner.isExpired(kept),
      );
      return kept;
    });
  }

  storeInCache(
    options: QueryResultCacheOptions,
    savedCache: QueryResultCacheOptions | undefined,
    queryRunner?: QueryRunner,
  ): Promise<void> {
    return this.#enter(async () => {
      const compartment = compartmentOf(queryRunner);
      if (TenantContext.entry()) return;
      await this.#inner.storeInCache(inCompartment(compartment, options), savedCache, queryRunner);
    });
  }

  isExpired(savedCache: QueryResultCacheOptions): boolean {
    return this.#inner.isExpired(savedCache);
  }

  /**
   * Empties the cache; where tenants share a table or a memory, that of all tenants. Nothing is shown to another
   * tenant.
   */
  clear(queryRunner?: QueryRunner): Promise<void> {
    return this.#enter(() => this.#inner.clear(queryRunner));
  }

  remove(identifiers: string[], queryRunner?: QueryRunner): Promise<void> {
    return this.#enter(async () => {
      const compartment = compartmentOf(queryRunner);
      const own = identifiers.map((identifier) => `${compartment} ${identifier}`);
      await this.#inner.remove(own, queryRunner);
    });
  }

  /** A cache in a table opens connections of its own, which act for the context in force. */
  #enter<T>(fn: () => Promise<T>): Promise<T> {
    return this.#tenant ? TenantContext.run(this.#tenant, fn) : fn();
  }
}

function inCompartment(compartment: string, options: QueryResultCacheOptions): QueryResultCacheOptions {
  const { query, identifier } = options;
  return {
    ...options,
    query: query === undefined ? query : `${compartment} ${query}`,
    identifier: identifier === undefined ? identifier : `${compartment} ${identifier}`,
  };
}

function compartmentOf(queryRunner: QueryRunner | undefined): string {
  return keyOfScope(requireScope(queryRunner));
}

/** Of the query runner, because the rows come from there; without one, of the context. */
function requireScope(queryRunner: QueryRunner | undefined): TenantScope {
  const scope = scopeInForce(queryRunner);
  if (!scope) throw new TenantContextMissingError('The query-result cache');
  return scope;
}
