import { type Tenant, type TenantClient, TenantContext, TenantContextMissingError } from '@rowhouse/core';
import type { QueryRunner } from 'typeorm';
import type { QueryResultCache } from 'typeorm/cache/QueryResultCache.js';
import type { QueryResultCacheOptions } from 'typeorm/cache/QueryResultCacheOptions.js';

/**
 * TypeORM's query-result cache, one compartment per tenant.
 *
 * TypeORM keys results by SQL and parameters, which are the same for every tenant, so the tenant is put
 * before both the key and the identifier. Without a tenant nothing is answered: a cached row is data too.
 */
export class TenantQueryResultCache implements QueryResultCache {
  readonly #inner: QueryResultCache;
  readonly #tenant: Tenant | undefined;

  /** @param tenant - whose cache it is; left out, that of the tenant in force. */
  constructor(inner: QueryResultCache, tenant?: Tenant) {
    this.#inner = inner;
    this.#tenant = tenant;
  }

  /** The same cache for one tenant, whatever the context. */
  within(tenant: Tenant): TenantQueryResultCache {
    return new TenantQueryResultCache(this.#inner, tenant);
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
      const compartment = await compartmentOf(queryRunner);
      return this.#inner.getFromCache(inCompartment(compartment, options), queryRunner);
    });
  }

  storeInCache(
    options: QueryResultCacheOptions,
    savedCache: QueryResultCacheOptions | undefined,
    queryRunner?: QueryRunner,
  ): Promise<void> {
    return this.#enter(async () => {
      const compartment = await compartmentOf(queryRunner);
      await this.#inner.storeInCache(inCompartment(compartment, options), savedCache, queryRunner);
    });
  }

  isExpired(savedCache: QueryResultCacheOptions): boolean {
    return this.#inner.isExpired(savedCache);
  }

  /** Empties the cache, of all tenants where they share a table or a memory: the contents are lost, not shown. */
  clear(queryRunner?: QueryRunner): Promise<void> {
    return this.#enter(() => this.#inner.clear(queryRunner));
  }

  remove(identifiers: string[], queryRunner?: QueryRunner): Promise<void> {
    return this.#enter(async () => {
      const compartment = await compartmentOf(queryRunner);
      const own = identifiers.map((identifier) => `${compartment} ${identifier}`);
      await this.#inner.remove(own, queryRunner);
    });
  }

  /** The cache in a table opens connections of its own, in the context in force. */
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

/** Rows belong to the tenant of the connection they come from; a query runner keeps its own in whatever context it is used. */
async function compartmentOf(queryRunner: QueryRunner | undefined): Promise<string> {
  if (queryRunner && isConnected(queryRunner)) {
    const client: Pick<TenantClient, 'tenantId'> = await queryRunner.connect();
    return client.tenantId ?? SYSTEM;
  }
  const scope = TenantContext.scope();
  if (!scope) throw new TenantContextMissingError('The query-result cache');
  return scope.kind === 'tenant' ? scope.tenant.id : SYSTEM;
}

const SYSTEM = 'system';

/** Whether it has its connection, or waits for it. Asking one that has none would open one for a cached answer. */
function isConnected(queryRunner: QueryRunner): boolean {
  const { databaseConnection, databaseConnectionPromise } = queryRunner as unknown as Record<string, unknown>;
  return Boolean(databaseConnection ?? databaseConnectionPromise);
}
