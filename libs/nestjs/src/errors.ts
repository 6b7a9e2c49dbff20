import { InternalError } from '@rowhouse/core';

/** Answers would be cached under keys that do not name the tenant, so that one tenant would be given another's. */
export class ResponseCacheSharedError extends InternalError {
  readonly code = 'RESPONSE_CACHE_SHARED';
  /** @param places - what is cached: `every route`, `ProductsController.list`. */
  constructor(places: readonly string[]) {
    super(
      `The keys of Nest's CacheInterceptor do not name the tenant (${places.join(', ')}): one tenant is answered with what ` +
        'was cached for another. Use TenantCacheInterceptor of @rowhouse/nestjs/cache in its place.',
    );
  }
}
