import type { ApplicationConfig, ModulesContainer } from '@nestjs/core';
import { handlersOf } from '../routes/handlers-of.js';
import { declaredNeedOf } from '../routes/tenant-route.decorator.js';

/** The metadata of `@UseInterceptors()`. */
const INTERCEPTORS = '__interceptors__';

const KEPT_APART = Symbol('rowhouse.cache-kept-apart');

type Class = abstract new (...args: never[]) => unknown;

/** Says of a cache interceptor, and of its subclasses, that the tenant is in its keys. */
export function markAsKeptApart(interceptor: Class): void {
  Object.defineProperty(interceptor, KEPT_APART, { value: true });
}

/**
 * Where answers are cached under keys that do not name the tenant, by Nest's `CacheInterceptor` or a subclass that leaves
 * its keys as they are: `every route`, `ProductsController.list`. Routes above tenants are left out: their answers are
 * nobody's.
 */
export function sharedCachesIn(modules: ModulesContainer, config: ApplicationConfig): string[] {
  const global = [
    ...config.getGlobalInterceptors(),
    ...config.getGlobalRequestInterceptors().map(({ metatype }) => metatype),
  ];
  const places = new Set(global.some(sharesKeys) ? ['every route'] : []);
  for (const [owner, name, handler] of handlersOf(modules)) {
    if (declaredNeedOf(owner, handler)?.kind === 'system') continue;
    const interceptors = [owner, handler].flatMap(
      (bearer) => Reflect.getMetadata(INTERCEPTORS, bearer) ?? [],
    );
    if (interceptors.some(sharesKeys)) places.add(`${owner.name}.${name}`);
  }
  return [...places];
}

/**
 * By shape, because the package is not ours to require.
 *
 * @param interceptor - a class, or an instance of one.
 */
function sharesKeys(interceptor: unknown): boolean {
  const made = typeof interceptor === 'function' ? interceptor : Object(interceptor).constructor;
  if (typeof made !== 'function' || made[KEPT_APART]) return false;
  const nests = ancestorsOf(made).find(isNestsCache);
  return nests !== undefined && made.prototype.trackBy === nests.prototype.trackBy;
}

function isNestsCache({ name, prototype }: Class): boolean {
  const methods = ['trackBy', 'isRequestCacheable'];
  return name === 'CacheInterceptor' && methods.every((method) => Object.hasOwn(Object(prototype), method));
}

function ancestorsOf(made: Class): Class[] {
  const classes: Class[] = [];
  for (let next: unknown = made; typeof next === 'function'; next = Object.getPrototypeOf(next)) {
    classes.push(next as Class);
  }
  return classes;
}
