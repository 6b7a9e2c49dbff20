import { applyDecorators, Injectable, SetMetadata } from '@nestjs/common';
import type { TenantEventType } from '@rowhouse/core';
import type { TenantEvent } from '../events/tenant-event.js';

export const TENANT_HOOKS = 'rowhouse:tenant-hooks';

export interface TenantHooksOptions {
  /**
   * Under what name the catalog keeps events for the hooks; default: the class's. It must be unique, and stay as it is when
   * the class is renamed or its name is minified: under a new name, the hooks hear nothing of what the old one has missed.
   */
  readonly name?: string;
}

export type TenantHookMethod = `on${Capitalize<TenantEventType>}`;

/**
 * What a class with {@link TenantHooks} may have; it has those it needs. Each is called at least once for each event, in the
 * order of the tenant's events, and again after a pause when it throws. `event.id` identifies a call that is repeated.
 *
 * They run in the tenant's context; only `onPurged` runs in none, since there is nothing left to reach.
 */
export type TenantLifecycleHooks = {
  [Method in TenantHookMethod]?: (event: TenantEvent) => void | Promise<void>;
};

/**
 * Marks a provider that hears of the life of tenants: it is told of every change that is committed, even if the process
 * that made the change dies right after.
 *
 *     @TenantHooks()
 *     class Welcome implements TenantLifecycleHooks {
 *       async onCreated({ id, tenant }: TenantEvent) { … }
 *     }
 *
 * @throws {TypeError} when the name is empty.
 */
export function TenantHooks(options: TenantHooksOptions = {}): ClassDecorator {
  if (options.name?.trim() === '') throw new TypeError('@TenantHooks: name: expected one that is not empty.');
  return applyDecorators(Injectable(), SetMetadata(TENANT_HOOKS, Object.freeze({ ...options })));
}

export function hookMethodOf(type: TenantEventType): TenantHookMethod {
  return `on${type.charAt(0).toUpperCase()}${type.slice(1)}` as TenantHookMethod;
}
