import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { parseOptions } from '@rowhouse/core/internal';
import { z } from 'zod';
import { claimPath } from '../resolvers/jwt/claim.js';
import { type JwtResolverOptions, jwtOptionsSchema } from '../resolvers/jwt/jwt-options.js';
import { JwtVerifier } from '../resolvers/jwt/jwt-verifier.js';
import { FailedSignIns } from './failed-sign-ins.js';
import { OPERATOR_ROLES, type Operator, type OperatorRole } from './operator.js';
import { OperatorUnauthorizedError } from './operator-errors.js';
import { operatorRoleIn } from './operator-role-claim.js';
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

/**
 * Lets operators in by bearer tokens, of the configuration or of an identity provider, and says who they are: `auth` of modules
 * that serve operators.
 *
 *     auth: new OperatorAuth({ tokens: [{ token: () => process.env.OPERATOR_TOKEN }] })
 */
export class OperatorAuth implements CanActivate {
  readonly #tokens: readonly Required<OperatorToken>[];
  readonly #jwt: { readonly verifier: JwtVerifier; readonly roleClaim: readonly string[] } | undefined;
  /** Shared with other ways to sign in beside this one. */
  readonly failures = new FailedSignIns();

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
    this.failures.requireFew(address);
    const [, token] = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
    const operator = token === undefined ? undefined : await this.#operatorWith(token);
    if (operator) {
      request.operator = operator;
      return true;
    }
    if (token !== undefined) this.failures.note(address);
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
    const role = payload && operatorRoleIn(payload, this.#jwt.roleClaim);
    // A verified token whose subject has no role is nobody here.
    return payload?.sub && role ? { id: payload.sub, role } : undefined;
  }
}
