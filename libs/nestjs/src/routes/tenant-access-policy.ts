import type { Tenant } from '@rowhouse/core';

/** Decides whether the authenticated user may enter a tenant. Required wherever clients choose the tenant themselves. */
export interface TenantAccessPolicy {
  /**
   * Asked after all guards, so that what authentication leaves on the request (`request.user`) is there, and
   * in the tenant's context. Not asked for `@SystemRoute`, excluded paths and requests without a tenant.
   *
   * @param request - Express's or Fastify's request; declare it as the type you use.
   * @returns false to answer 403 `TENANT_ACCESS_DENIED`.
   */
  canEnter(tenant: Tenant, request: unknown): boolean | Promise<boolean>;
}
