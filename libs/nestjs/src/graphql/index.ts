export type { Authenticate, Handshake } from '../sockets/handshake.js';
export { TenantConnections } from '../sockets/tenant-connections.js';
export { type PubSubEngine, type TenantPubSub, tenantPubSub } from './tenant-pub-sub.js';
export {
  type SubscriptionClient,
  type TenantSubscriptionsConfig,
  type TenantSubscriptionsOptions,
  tenantSubscriptions,
} from './tenant-subscriptions.js';
