import type { DiscoveryService } from '@nestjs/core';
import { TENANT_EVENTS, TenantContext } from '@rowhouse/core';
import type { TenantHook } from '../events/hook-dispatcher.js';
import type { TenantEvent } from '../events/tenant-event.js';
import {
  hookMethodOf,
  TENANT_HOOKS,
  type TenantHooksOptions,
  type TenantLifecycleHooks,
} from './tenant-hooks.decorator.js';

/**
 * The hooks that the app's providers declare with `@TenantHooks()`.
 *
 * @throws {TypeError} for a class that would hear nothing: it has no hook, or is made anew for each request.
 */
export function declaredHooks(discovery: DiscoveryService): readonly TenantHook[] {
  const instances = new Map<object, TenantHook>();
  for (const wrapper of discovery.getProviders()) {
    const { metatype, instance } = wrapper;
    if (typeof metatype !== 'function') continue;
    const options: TenantHooksOptions | undefined = Reflect.getMetadata(TENANT_HOOKS, metatype);
    if (!options) continue;
    if (!wrapper.isDependencyTreeStatic())
      throw new TypeError(`@TenantHooks: ${metatype.name} is request-scoped, and hooks have no request.`);
    instances.set(instance, hookOf(instance, options.name ?? metatype.name));
  }
  return [...instances.values()];
}

function hookOf(instance: TenantLifecycleHooks, name: string): TenantHook {
  const methods = TENANT_EVENTS.map(hookMethodOf);
  if (!methods.some((method) => typeof instance[method] === 'function'))
    throw new TypeError(`@TenantHooks: ${name} has no hook; expected one of ${methods.join(', ')}.`);
  return { name, handle: (event) => handle(instance, event) };
}

function handle(instance: TenantLifecycleHooks, event: TenantEvent): void | Promise<void> {
  const call = () => instance[hookMethodOf(event.type)]?.(event);
  return event.type === 'purged' ? call() : TenantContext.run(event.tenant, call);
}
