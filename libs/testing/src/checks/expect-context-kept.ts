import { type Tenant, TenantContext } from '@rowhouse/core';
import { replaceMethods } from './replace-methods.js';
import { isSameScope, nameOf } from './scope-name.js';

type MethodOf<T> = { [K in keyof T]: T[K] extends (...args: never[]) => unknown ? K : never }[keyof T] &
  string;

/**
 * Watches what runs functions later: a queue's `add`, an emitter's `on`, a pool of workers. Where a function is started in
 * another context than it was handed over in, it fails as soon as it asks for the tenant, with the remedy; a function
 * that enters its own context (`TenantContext.bind`, `capture`, `run`) does not.
 *
 *     const end = expectContextKept(queue, 'add');
 *
 * @param methods - the methods that are given functions.
 * @returns a function that ends the check.
 * @throws {TypeError} when there is no such method.
 */
export function expectContextKept<T extends object>(target: T, ...methods: MethodOf<T>[]): () => void {
  return replaceMethods(target, methods, (method, title) => {
    const watched = (argument: unknown) =>
      typeof argument === 'function' ? watch(argument as Work, title) : argument;
    return function (this: unknown, ...args) {
      return method.apply(this, args.map(watched));
    };
  });
}

type Work = (this: unknown, ...args: unknown[]) => unknown;

function watch(work: Work, title: string): Work {
  const given = TenantContext.scope();
  return function (this: unknown, ...args) {
    const scope = TenantContext.scope();
    if (isSameScope(given, scope)) return work.apply(this, args);
    const message =
      `${title} was given work for ${nameOf(given)} and ran it in the context of ${nameOf(scope)}. ` +
      'Give it TenantContext.bind(fn) in the place of fn.';
    return TenantContext.run(unreadableTenant(message), () => work.apply(this, args));
  };
}

/** Bound work enters its own context and never looks at this one; other work is stopped where it needs its tenant. */
function unreadableTenant(message: string): Tenant {
  const refuse = () => {
    throw new Error(message);
  };
  return new Proxy({} as Tenant, { get: refuse, has: refuse, ownKeys: refuse });
}
