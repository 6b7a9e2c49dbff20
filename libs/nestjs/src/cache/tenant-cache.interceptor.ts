import { CACHE_MANAGER, CacheInterceptor } from '@nestjs/cache-manager';
import { type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { TenantContext } from '@rowhouse/core';
import { isPromise, type MaybePromise } from '../resolvers/tenant-resolver.js';
import { declaredNeedOf } from '../routes/tenant-route.decorator.js';
import { markAsKeptApart } from './shared-caches.js';

type Key = string | null | undefined;

/**
 * Nest's `CacheInterceptor`, with the tenant in every key: answers of one tenant are never given to another. Works as that
 * one does, with `@CacheKey()`, `@CacheTTL()` and as an `APP_INTERCEPTOR`.
 *
 * A subclass may override `trackBy`: the tenant is added to whatever key it answers. Requests without a tenant share
 * their answers, and so do those of a `@SystemRoute()`.
 */
@Injectable()
export class TenantCacheInterceptor extends CacheInterceptor {
  constructor(@Inject(CACHE_MANAGER) cacheManager: unknown, reflector: Reflector) {
    super(cacheManager, reflector);
    // On the instance, because a subclass that overrides the method would leave the tenant out.
    const track = this.trackBy;
    Object.defineProperty(this, 'trackBy', {
      value: (context: ExecutionContext): MaybePromise<Key> => {
        const scoped = keysOf(context);
        const key = track.call(this, context);
        return isPromise<Key>(key) ? key.then(scoped) : scoped(key);
      },
    });
  }
}
markAsKeptApart(TenantCacheInterceptor);

/**
 * The key under which an entry of the tenant in force is kept, for what is written to and deleted from the cache by hand:
 * `cache.del(tenantCacheKey('products'))` forgets what a route with `@CacheKey('products')` answered.
 */
export function tenantCacheKey(key: string): string {
  const scope = TenantContext.scope();
  return keyIn(scope?.kind === 'tenant' ? scope.tenant.id : (scope?.kind ?? 'none'), key);
}

function keyIn(scope: string, key: string): string {
  return `rowhouse:${scope}:${key}`;
}

/** How keys are made for a request. A global interceptor comes before the one that enters the system's context. */
function keysOf(context: ExecutionContext): (key: Key) => Key {
  const isSystem = declaredNeedOf(context.getClass(), context.getHandler())?.kind === 'system';
  const inScope = TenantContext.capture();
  const isByEntry = TenantContext.entry() !== undefined;
  return (key) => {
    if (!key) return key;
    // What an operator is answered is nobody else's, and not to be read when the entry has ended.
    if (isByEntry) return undefined;
    return isSystem ? keyIn('system', key) : inScope(() => tenantCacheKey(key));
  };
}
