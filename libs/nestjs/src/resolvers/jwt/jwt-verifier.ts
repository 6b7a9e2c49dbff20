import { RowhouseError, TenantTokenInvalidError } from '@rowhouse/core';
import { type JWTPayload, jwtVerify } from 'jose';
import { type JwtKey, jwtKeyOf } from './jwt-keys.js';
import type { ParsedJwtOptions } from './jwt-options.js';

/** Verifies JSON Web Tokens (RFC 7519): signature, algorithm, `exp`, `nbf`, issuer, audience, type. */
export class JwtVerifier {
  readonly #options: ParsedJwtOptions;
  readonly #key: JwtKey;

  constructor(options: ParsedJwtOptions) {
    this.#options = options;
    this.#key = jwtKeyOf(options);
  }

  /**
   * @throws {TenantTokenInvalidError} for a token that does not verify, or never expires.
   * @throws {TenantStoreUnavailableError} when the key set cannot be fetched.
   */
  async verify(token: string): Promise<JWTPayload> {
    const { issuer, audience, tokenType, clockToleranceSeconds, now } = this.#options;
    const { requiredClaims, allowWithoutExpiry } = this.#options;
    try {
      const { payload } = await jwtVerify(token, this.#key.key, {
        algorithms: this.#key.algorithms,
        issuer,
        audience,
        typ: tokenType,
        requiredClaims: allowWithoutExpiry ? requiredClaims : [...requiredClaims, 'exp'],
        clockTolerance: clockToleranceSeconds,
        currentDate: new Date(now()),
      });
      return payload;
    } catch (error) {
      if (error instanceof RowhouseError) throw error;
      throw new TenantTokenInvalidError(error);
    }
  }
}
