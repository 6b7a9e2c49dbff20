import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { parseOptions } from '@rowhouse/core/internal';
import type { JWTPayload } from 'jose';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { claimAt, claimPath } from '../resolvers/jwt/claim.js';
import { type JwtResolverOptions, jwtOptionsSchema } from '../resolvers/jwt/jwt-options.js';
import { JwtVerifier } from '../resolvers/jwt/jwt-verifier.js';
import { OPERATOR_ROLES, type Operator, type OperatorRole } from './operator.js';
import { OperatorUnauthorizedError, TooManySignInsError } from './operator-errors.js';
import { isSameSecret } from './same-secret.js';

/** A secret that operators send as `Authorization: Bearer <token>`. */
export interface OperatorToken {
  /** Read at each request: `() => process.env.OPERATOR_TOKEN`. Nobody has the token while it is empty. */
  readonly token: () => string | undefined;
  /** Default `owner`. */
  readonly role?: OperatorRole;
  /** Who uses it, as audits name them. Default `token`. */
  readonly id?: string;
}

/** Tokens of an identity provider. What is verified is as for {@link JwtResolver}. */
export interface OperatorJwtOptions
  extends Pick<
    JwtResolverOptions,
    'secret' | 'publicKey' | 'jwksUrl' | 'jwks' | 'algorithms' | 'tokenType' | 'clockToleranceSeconds' | 'now'
  > {
  readonly issuer: string | readonly string[];
  readonly audience: string | readonly string[];
  /** Where the roles stand: one of {@link OPERATOR_ROLES}, or a list with some of them. Default `roles`. */
  readonly roleClaim?: string | readonly string[];
}

export interface OperatorAuthOptions {
  readonly tokens?: readonly OperatorToken[];
  readonly jwt?: OperatorJwtOptions;
}

const optionsSchema = z
  .strictObject({
    tokens: z
      .array(
        z.strictObject({
          token: z.custom<() => string | undefined>(
            (value) => typeof value === 'function',
            'expected a function',
          ),
          role: z.enum(OPERATOR_ROLES).default('owner'),
          id: z.string().min(1).max(200).default('token'),
        }),
      )
      .default([]),
    jwt: z.custom<OperatorJwtOptions>((value) => typeof value === 'object' && value !== null).optional(),
  })
  .refine(({ tokens, jwt }) => tokens.length > 0 || jwt !== undefined, 'expected tokens, jwt, or both');

const jwtSchema = z.object({
  issuer: jwtOptionsSchema.shape.issuer.unwrap(),
  audience: jwtOptionsSchema.shape.audience.unwrap(),
  roleClaim: claimPath.prefault('roles'),
});

/** An address that fails so often in a minute is refused unheard for the rest of it. */
const MAX_FAILURES = 20;
const WINDOW_MS = 60_000;

/**
 * Lets operators in by bearer tokens, of the configuration or of an identity provider, and says who they are: `auth` of modules
 * that serve operators.
 *
 *     auth: new OperatorAuth({ tokens: [{ token: () => process.env.OPERATOR_TOKEN }] })
 */
export class OperatorAuth implements CanActivate {
  readonly #tokens: readonly Required<OperatorToken>[];
  readonly #jwt: { readonly verifier: JwtVerifier; readonly roleClaim: readonly string[] } | undefined;
  /** By address of the client. */
  readonly #failures = new LRUCache<string, { count: number }>({ max: 10_000, ttl: WINDOW_MS });

  /** @throws {OptionsInvalidError} */
  constructor(options: OperatorAuthOptions) {
    const { tokens, jwt } = parseOptions('OperatorAuth', optionsSchema, options);
    this.#tokens = tokens;
    if (!jwt) return;
    const { roleClaim, ...verified } = jwt;
    const own = parseOptions('OperatorAuth.jwt', jwtSchema, jwt);
    this.#jwt = {
      verifier: new JwtVerifier(parseOptions('OperatorAuth.jwt', jwtOptionsSchema, verified)),
      roleClaim: own.roleClaim,
    };
  }

  /**
   * @throws {OperatorUnauthorizedError}
   * @throws {TooManySignInsError} after 20 failures of one address in a minute.
   */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<{
      headers: { authorization?: string };
      ip?: string;
      operator?: Operator;
    }>();
    const address = request.ip ?? '';
    if ((this.#failures.get(address)?.count ?? 0) >= MAX_FAILURES) throw new TooManySignInsError();
    const [, token] = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
    const operator = token === undefined ? undefined : await this.#operatorWith(token);
    if (operator) {
      request.operator = operator;
      return true;
    }
    if (token !== undefined) this.#noteFailure(address);
    throw new OperatorUnauthorizedError();
  }

  async #operatorWith(token: string): Promise<Operator | undefined> {
    // All are compared, so that the time tells nothing of which one it is.
    const known = this.#tokens.filter(({ token: read }) => isSameSecret(token, read()));
    if (known[0]) return { id: known[0].id, role: known[0].role };
    if (!this.#jwt || token.split('.').length !== 3) return undefined;
    const payload = await this.#jwt.verifier.verify(token).catch((error: { status?: number }) => {
      if (error.status === 401) return undefined;
      throw error;
    });
    return payload && operatorIn(payload, this.#jwt.roleClaim);
  }

  #noteFailure(address: string): void {
    const failures = this.#failures.get(address);
    if (failures) failures.count += 1;
    else this.#failures.set(address, { count: 1 });
  }
}

/** A verified token whose subject has no role is nobody here. */
function operatorIn(payload: JWTPayload, roleClaim: readonly string[]): Operator | undefined {
  const claims = [claimAt(payload, roleClaim)].flat();
  const role = OPERATOR_ROLES.findLast((one) => claims.includes(one));
  return payload.sub && role ? { id: payload.sub, role } : undefined;
}
