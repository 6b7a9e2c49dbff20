import { TenantContext } from '@rowhouse/core';
import { type MonoTypeOperatorFunction, Observable } from 'rxjs';

/** What comes after it runs in the scope in which it was subscribed to, whoever emits: sockets and subjects emit in scopes of others. */
export function inSubscriberScope<T>(): MonoTypeOperatorFunction<T> {
  return (source) =>
    new Observable((subscriber) => {
      const inScope = TenantContext.capture();
      const subscription = source.subscribe({
        next: (value) => inScope(() => subscriber.next(value)),
        error: (error: unknown) => inScope(() => subscriber.error(error)),
        complete: () => inScope(() => subscriber.complete()),
      });
      return () => inScope(() => subscription.unsubscribe());
    });
}
