import { TenantContext } from '@rowhouse/core';
import { defer, filter, type MonoTypeOperatorFunction } from 'rxjs';
import { inSubscriberScope } from './in-subscriber-scope.js';

/**
 * For a source that all tenants share, such as a `Subject` or the events of an emitter: passes on what is emitted in the context of the
 * subscriber's tenant, and nothing else. What comes after it runs in the subscriber's context, and not in that of whoever emits.
 *
 *     @Sse('orders')
 *     orders(): Observable<MessageEvent> {
 *       return this.paid.pipe(ofTenant(), mergeMap(({ id }) => this.orders.findOneByOrFail({ id })), map((data) => ({ data })));
 *     }
 *
 * @throws {TenantContextMissingError} where it is subscribed to outside of a tenant's context.
 */
export function ofTenant<T>(): MonoTypeOperatorFunction<T> {
  return (source) =>
    defer(() => {
      const { id } = TenantContext.require();
      return source.pipe(
        filter(() => TenantContext.get()?.id === id),
        inSubscriberScope(),
      );
    });
}
