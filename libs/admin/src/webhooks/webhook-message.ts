import type { LeasedDelivery } from './delivery-queue.js';

/**
 * The body of a message: what happened, and to which tenant. Receivers may be strangers, so it has neither the tenant's metadata nor
 * who made the change, nor where the tenant is placed.
 */
export function webhookBody({ type, event, createdAt }: LeasedDelivery): string {
  if (!event) return JSON.stringify({ type, timestamp: createdAt, data: {} });
  const { id, slug, name, status, plan } = event.tenant;
  return JSON.stringify({
    type,
    timestamp: event.createdAt,
    data: {
      eventId: event.id,
      tenant: { id, slug, name, status, plan },
      ...(event.detail !== null && { detail: event.detail }),
    },
  });
}
