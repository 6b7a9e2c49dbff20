import type { TenantIntegration } from '../tenant-integration.entity.js';

/** A connection, as clients see it: without its tokens. */
export type IntegrationView = Pick<
  TenantIntegration,
  'id' | 'provider' | 'account' | 'scope' | 'state' | 'expiresAt' | 'createdBy' | 'createdAt'
>;

export function viewOf(integration: TenantIntegration): IntegrationView {
  const { id, provider, account, scope, state, expiresAt, createdBy, createdAt } = integration;
  return { id, provider, account, scope, state, expiresAt, createdBy, createdAt };
}
