import type { QueryResultCache } from 'typeorm/cache/QueryResultCache.js';
import type { QueryResultCacheOptions } from 'typeorm/cache/QueryResultCacheOptions.js';

/** A cache of query results that all tenants share, as one in Redis is. */
export class SharedMemoryCache implements QueryResultCache {
  readonly #results = new Map<string, QueryResultCacheOptions>();

  async connect(): Promise<void> {}
  async disconnect(): Promise<void> {}
  async synchronize(): Promise<void> {}

  async getFromCache({ identifier, query }: QueryResultCacheOptions) {
    return this.#results.get(identifier ?? query ?? '');
  }

  async storeInCache(options: QueryResultCacheOptions): Promise<void> {
    this.#results.set(options.identifier ?? options.query ?? '', options);
  }

  isExpired({ time = 0, duration }: QueryResultCacheOptions): boolean {
    return time + duration < Date.now();
  }

  async clear(): Promise<void> {
    this.#results.clear();
  }

  async remove(identifiers: string[]): Promise<void> {
    for (const identifier of identifiers) this.#results.delete(identifier);
  }
}
