import { parseOptions } from '@rowhouse/core/internal';
import { type BearerTokenSource, bearerTokenOf } from '../request/bearer-token.js';
import type { TenantRequest } from '../request/tenant-request.js';
import { parseTenantReference, type TenantReference } from '../tenant-reference.js';
import type { MaybePromise, TenantResolver } from '../tenant-resolver.js';
import { claimAt } from './claim.js';
import { type JwtResolverOptions, jwtOptionsSchema, type ParsedJwtOptions } from './jwt-options.js';
import { JwtVerifier } from './jwt-verifier.js';
import { VerifiedTokenCache } from './verified-token-cache.js';

/**
 * Reads a slug or a UUID from a claim of a *verified* JSON Web Token (RFC 7519).
 *
 * - no token, or a token without the claim (absent or null): no match;
 * - a token that does not verify (signature, algorithm, `exp`, `nbf`, issuer, audience), or never expires: TENANT_TOKEN_INVALID;
 * - a claim that is no text: TENANT_ID_INVALID;
 * - a key set that cannot be fetched: TENANT_STORE_UNAVAILABLE.
 */
export class JwtResolver implements TenantResolver {
  readonly name = 'jwt';
  readonly clientSupplied = false;
  readonly #options: ParsedJwtOptions;
  readonly #source: BearerTokenSource;
  readonly #verifier: JwtVerifier;
  readonly #cache: VerifiedTokenCache | undefined;

  constructor(options: JwtResolverOptions) {
    this.#options = parseOptions('JwtResolver', jwtOptionsSchema, options);
    const { header, cookie, cache, now } = this.#options;
    this.#source = { header: header ?? (cookie === undefined ? 'authorization' : undefined), cookie };
    this.#verifier = new JwtVerifier(this.#options);
    this.#cache = cache && new VerifiedTokenCache({ ...cache, now });
  }

  resolve(request: TenantRequest): MaybePromise<TenantReference | undefined> {
    const token = bearerTokenOf(request, this.#source);
    if (token === undefined) return undefined;
    const known = this.#cache?.get(token);
    return known ? known.reference : this.#verify(token);
  }

  async #verify(token: string): Promise<TenantReference | undefined> {
    const payload = await this.#verifier.verify(token);
    const claim = claimAt(payload, this.#options.claim);
    const reference = claim === undefined || claim === null ? undefined : parseTenantReference(claim);
    this.#cache?.set(token, reference, payload.exp);
    return reference;
  }
}
