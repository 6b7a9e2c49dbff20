import { type Tenant, TenantIdInvalidError } from '@rowhouse/core';
import { parseOptions } from '@rowhouse/core/internal';
import { z } from 'zod';
import { claimAt, claimPath } from '../resolvers/jwt/claim.js';
import type { TenantAccessPolicy } from './tenant-access-policy.js';

export interface TokenTenantPolicyOptions {
  /**
   * Where in `request.user` the tenant stands: `tenant_id`, a path `org.id`, or segments `['https://example.com/org', 'id']` for
   * names with dots. Default `tenant_id`.
   */
  readonly claim?: string | readonly string[];
  /**
   * Let requests in that have no user: for applications whose sign-in and public routes belong to a tenant. Which routes need a
   * user is then up to the guard that authenticates. Default false.
   */
  readonly allowAnonymous?: boolean;
}

const optionsSchema = z.strictObject({
  claim: claimPath.prefault('tenant_id'),
  allowAnonymous: z.boolean().default(false),
});

/**
 * Lets a user enter the tenant that the user's token was issued for, and no other. For applications that authenticate with
 * tokens or sessions of their own, while the tenant comes from a header, the host or the path.
 *
 * Reads `request.user`, as Passport's strategies and Nest's guards leave it. The claim is a tenant's id or slug, or a list of
 * them for users of several tenants. A user without the claim enters no tenant.
 *
 *     TenancyModule.forRoot({ typeorm, resolvers, accessPolicy: new TokenTenantPolicy({ claim: 'tenant' }) })
 */
export class TokenTenantPolicy implements TenantAccessPolicy {
  readonly #options: Readonly<z.output<typeof optionsSchema>>;

  /** @throws {OptionsInvalidError} */
  constructor(options: TokenTenantPolicyOptions = {}) {
    this.#options = parseOptions('TokenTenantPolicy', optionsSchema, options);
  }

  canEnter({ id, slug }: Tenant, { user }: { readonly user?: unknown }): boolean {
    if (user === undefined || user === null) return this.#options.allowAnonymous;
    const claim = this.#claimOf(user);
    const named = Array.isArray(claim) ? claim : [claim];
    return named.some((name) => typeof name === 'string' && (name === slug || name.toLowerCase() === id));
  }

  #claimOf(user: unknown): unknown {
    try {
      return typeof user === 'object' && user !== null ? claimAt(user, this.#options.claim) : undefined;
    } catch (error) {
      if (error instanceof TenantIdInvalidError) return undefined;
      throw error;
    }
  }
}
