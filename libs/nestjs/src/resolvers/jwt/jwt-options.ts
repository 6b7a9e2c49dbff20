import { KeyObject } from 'node:crypto';
import type { JSONWebKeySet, JWK } from 'jose';
import { z } from 'zod';
import { headerName } from '../resolver-options.js';
import { claimPath } from './claim.js';
import { JWT_ALGORITHMS, type JwtAlgorithm } from './jwt-keys.js';

/** Exactly one of `secret`, `publicKey`, `jwksUrl` and `jwks` must be given. */
export interface JwtResolverOptions {
  /** Shared secret: at least 32 bytes for HS256 (the default algorithm), 48 for HS384, 64 for HS512. */
  readonly secret?: string | Uint8Array;
  /** RSA, EC or Ed25519 public key: PEM (SPKI, PKCS#1 or X.509), JWK or KeyObject. */
  readonly publicKey?: string | JWK | KeyObject;
  /** Where the issuer publishes its keys; `https`, or `http` to this host itself. */
  readonly jwksUrl?: string | URL;
  /** Lets `jwksUrl` be `http` to any host: whoever is on that network can then forge tokens. Default false. */
  readonly allowInsecureJwksUrl?: boolean;
  /** A key set held locally; public keys only. */
  readonly jwks?: JSONWebKeySet;
  /**
   * Algorithms a token may be signed with; each must fit the kind of key. Default: HS256 for a secret, what
   * the key can do for a public key, every public-key algorithm for a key set.
   */
  readonly algorithms?: readonly JwtAlgorithm[];
  /** Accepted `iss`. Default: not checked. */
  readonly issuer?: string | readonly string[];
  /** Accepted `aud`; one must be in the token. Default: not checked. */
  readonly audience?: string | readonly string[];
  /** Expected `typ` header, such as `at+jwt` (RFC 9068). Default: not checked. */
  readonly tokenType?: string;
  /** Accept tokens without `exp`, which are good for ever, whoever finds them. Default false. */
  readonly allowWithoutExpiry?: boolean;
  /** Claims a token must have besides those checked, such as `sub`. Default none. */
  readonly requiredClaims?: readonly string[];
  /** Leeway for `exp` and `nbf`. Default 0. */
  readonly clockToleranceSeconds?: number;
  /** Where the tenant stands: `tenant_id`, a path `org.id`, or segments `['https://example.com/org', 'id']` for names with dots. Default `tenant_id`. */
  readonly claim?: string | readonly string[];
  /** Header that holds the token. Default `Authorization` (then with scheme Bearer); none when only `cookie` is given. */
  readonly header?: string;
  /** Cookie that holds the token, read when the header is absent. */
  readonly cookie?: string;
  /** Remembers verified tokens, by hash, until they expire or for `ttlSeconds`. A revoked signing key keeps working that long. Default: off. */
  readonly cache?: JwtCacheOptions;
  /** Milliseconds since 1970. Default `Date.now`. */
  readonly now?: () => number;
}

export interface JwtCacheOptions {
  /** Default 1,000. */
  readonly maxTokens?: number;
  /** Default 60. */
  readonly ttlSeconds?: number;
}

const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

const oneOrMore = z
  .union([z.string().min(1), z.array(z.string().min(1)).min(1)], 'expected a text or a list of texts')
  .transform((value) => (typeof value === 'string' ? [value] : value));

const isObject = (value: unknown): boolean => typeof value === 'object' && value !== null;

export const jwtOptionsSchema = z
  .strictObject({
    secret: z
      .union(
        [z.string(), z.custom<Uint8Array>((value) => value instanceof Uint8Array)],
        'expected a string or a Uint8Array',
      )
      .optional(),
    publicKey: z
      .union([z.string(), z.custom<JWK | KeyObject>(isObject)], 'expected a PEM, a JWK or a KeyObject')
      .optional(),
    jwksUrl: z
      .union([z.url(), z.instanceof(URL)], 'expected a URL')
      .transform((url) => new URL(url))
      .optional(),
    allowInsecureJwksUrl: z.boolean().default(false),
    jwks: z.custom<JSONWebKeySet>(isObject, 'expected a JSON Web Key Set').optional(),
    algorithms: z
      .array(z.enum(JWT_ALGORITHMS, `expected some of ${JWT_ALGORITHMS.join(', ')}`))
      .min(1, 'expected at least one algorithm')
      .optional(),
    issuer: oneOrMore.optional(),
    audience: oneOrMore.optional(),
    tokenType: z.string().min(1).optional(),
    allowWithoutExpiry: z.boolean().default(false),
    requiredClaims: z.array(z.string().min(1)).default([]),
    clockToleranceSeconds: z.number().min(0).max(3600, 'expected 0 to 3600 seconds').default(0),
    claim: claimPath.prefault('tenant_id'),
    header: headerName.optional(),
    cookie: z
      .string()
      .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/, 'expected a cookie name')
      .optional(),
    cache: z
      .strictObject({
        maxTokens: z.int().min(1).max(1_000_000).default(1_000),
        ttlSeconds: z.number().positive().default(60),
      })
      .optional(),
    now: z
      .custom<() => number>((value) => typeof value === 'function', 'expected a function')
      .default(() => Date.now),
  })
  .superRefine(({ secret, publicKey, jwksUrl, jwks, allowInsecureJwksUrl }, context) => {
    const given = [secret, publicKey, jwksUrl, jwks].filter((key) => key !== undefined).length;
    if (given !== 1) {
      context.addIssue({
        code: 'custom',
        message: `expected exactly one of secret, publicKey, jwksUrl, jwks; got ${given}`,
      });
    }
    if (jwksUrl && !isSafe(jwksUrl, allowInsecureJwksUrl)) {
      context.addIssue({
        code: 'custom',
        path: ['jwksUrl'],
        message: 'expected https (or set allowInsecureJwksUrl)',
      });
    }
  });

export type ParsedJwtOptions = Readonly<z.output<typeof jwtOptionsSchema>>;

function isSafe(url: URL, allowHttp: boolean): boolean {
  return url.protocol === 'https:' || (url.protocol === 'http:' && (allowHttp || LOOPBACK.has(url.hostname)));
}
