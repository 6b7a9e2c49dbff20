import { MetadataScanner, type ModulesContainer } from '@nestjs/core';
import { declaredNeedOf, type TenantNeed } from '../routes/tenant-route.decorator.js';

/** The metadata of `@RouteConfig()` of @nestjs/platform-fastify: becomes the `config` of Fastify's route. */
const FASTIFY_ROUTE_CONFIG = '__fastify_route_config__';

/** In a route's `config`: the need its decorators state, or `null` for none. */
const NEED = Symbol('rowhouse.need');

type Need = TenantNeed['kind'] | null;

/**
 * Notes in the `config` of each Fastify route what it needs, so that the early hook knows it.
 *
 * A handler that two controllers inherit and decorate differently is left out: for its requests the guard
 * decides, a little later.
 */
export function noteNeedsOfRoutes(modules: ModulesContainer): void {
  const needs = new Map<object, Need | undefined>();
  for (const [controller, handler] of handlersOf(modules)) {
    const need = declaredNeedOf(controller, handler)?.kind ?? null;
    needs.set(handler, needs.has(handler) && needs.get(handler) !== need ? undefined : need);
  }
  for (const [handler, need] of needs) {
    const config = Reflect.getMetadata(FASTIFY_ROUTE_CONFIG, handler);
    Reflect.defineMetadata(FASTIFY_ROUTE_CONFIG, { ...config, [NEED]: need }, handler);
  }
}

/** The need of a route by its `config`; `undefined` when it is not a controller's or not certain. */
export function needOfRoute(
  config: object | undefined,
  fallback: 'required' | 'optional',
): TenantNeed['kind'] | undefined {
  const need = (config as { [NEED]?: Need } | undefined)?.[NEED];
  return need === null ? fallback : need;
}

function* handlersOf(modules: ModulesContainer): Generator<[controller: object, handler: object]> {
  const scanner = new MetadataScanner();
  for (const { controllers } of modules.values()) {
    for (const { metatype } of controllers.values()) {
      if (typeof metatype !== 'function') continue;
      for (const name of scanner.getAllMethodNames(metatype.prototype)) {
        yield [metatype, metatype.prototype[name]];
      }
    }
  }
}
