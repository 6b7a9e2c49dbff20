import type { QueryResultCache } from 'typeorm/cache/QueryResultCache.js';
import type { QueryResultCacheOptions } from 'typeorm/cache/QueryResultCacheOptions.js';

/** A cache of query results that all tenants share, as one in Redis is. */
export class SharedMemory implements QueryResultCache {
  readonly #rows = new Map<string, QueryResultCacheOptions>();
  async connect() {}
  async disconnect() {}
  async synchronize() {}
  async clear() {
    this.#rows.clear();
  }
  async remove(identifiers: string[]) {
    for (const identifier of identifiers) this.#rows.delete(identifier);
  }
  isExpired({ time = 0, duration }: QueryResultCacheOptions) {
    return time + duration < Date.now();
  }
  async getFromCache({ identifier, query }: QueryResultCacheOptions) {
    return this.#rows.get(identifier ?? query ?? '');
  }
  async storeInCache(options: QueryResultCacheOptions) {
    this.#rows.set(options.identifier ?? options.query ?? '', options);
  }
}
