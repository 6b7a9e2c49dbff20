import { inspect } from 'node:util';
import { type Tenant, TenantContext } from '@rowhouse/core';
import { replaceMethods } from './replace-methods.js';

type MethodOf<T> = { [K in keyof T]: T[K] extends (...args: never[]) => unknown ? K : never }[keyof T] &
  string;

/**
 * Watches what keeps or gathers the work of several callers by key: a DataLoader's `load`, a batcher's `add`, a cache's
 * `get`. Throws when a second tenant calls it, unless the arguments hold the tenant's id.
 *
 *     const end = expectKeysOfTenant(loader, 'load');
 *
 * @param methods - the methods that are given keys.
 * @returns a function that ends the check.
 * @throws {TypeError} when there is no such method.
 */
export function expectKeysOfTenant<T extends object>(target: T, ...methods: MethodOf<T>[]): () => void {
  let first: Tenant | undefined;
  return replaceMethods(target, methods, (method, title) => {
    return function (this: unknown, ...args) {
      const tenant = TenantContext.get();
      if (tenant && !inspect(args, { depth: 8 }).includes(tenant.id)) {
        first ??= tenant;
        if (first.id !== tenant.id) {
          throw new Error(
            `${title} was called for tenant ${first.slug} and for tenant ${tenant.slug} with keys that do not name the ` +
              'tenant. Make one for each tenant, or put the id of the tenant into the keys and work through each ' +
              "tenant's keys in its own context.",
          );
        }
      }
      return method.apply(this, args);
    };
  });
}
