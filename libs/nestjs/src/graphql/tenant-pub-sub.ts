import { TenantContext, TenantContextMissingError } from '@rowhouse/core';

/** What is needed of a `PubSub`: that of graphql-subscriptions, or one for Redis that has the same methods. */
export interface PubSubEngine {
  publish(trigger: string, payload: unknown): Promise<void>;
  asyncIterableIterator<T>(triggers: string | string[]): AsyncIterableIterator<T>;
}

/** A {@link PubSubEngine} in which tenants do not hear each other. */
export interface TenantPubSub {
  /** @throws {TenantContextMissingError} */
  publish(trigger: string, payload: unknown): Promise<void>;
  /** @throws {TenantContextMissingError} */
  asyncIterableIterator<T>(triggers: string | readonly string[]): AsyncIterableIterator<T>;
}

/**
 * Publishes for the tenant of the context, and subscribes to what is published for it:
 *
 *     const pubSub = tenantPubSub(new PubSub());
 *
 * The tenant's id is part of every trigger, so that the events of others do not even arrive.
 */
export function tenantPubSub(engine: PubSubEngine): TenantPubSub {
  return {
    publish: async (trigger, payload) => engine.publish(triggerOfTenant(trigger), payload),
    asyncIterableIterator: (triggers) =>
      engine.asyncIterableIterator([triggers].flat().map((trigger) => triggerOfTenant(String(trigger)))),
  };
}

function triggerOfTenant(trigger: string): string {
  const tenant = TenantContext.get();
  if (!tenant) throw new TenantContextMissingError('Publishing and subscribing');
  return `rowhouse:${tenant.id}:${trigger}`;
}
