import { createPublicKey, KeyObject } from 'node:crypto';
import { OptionsInvalidError, TenantStoreUnavailableError } from '@rowhouse/core';
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  errors,
  type JSONWebKeySet,
  type JWK,
  type JWTVerifyGetKey,
} from 'jose';

const HMAC_ALGORITHMS = ['HS256', 'HS384', 'HS512'] as const;
const RSA_ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'] as const;
const EC_ALGORITHMS = ['ES256', 'ES384', 'ES512'] as const;
const EDWARDS_ALGORITHMS = ['EdDSA', 'Ed25519'] as const;
const PUBLIC_KEY_ALGORITHMS = [...RSA_ALGORITHMS, ...EC_ALGORITHMS, ...EDWARDS_ALGORITHMS] as const;

/** Signature algorithms that can be allowed. `none` is not among them. */
export const JWT_ALGORITHMS = [...HMAC_ALGORITHMS, ...PUBLIC_KEY_ALGORITHMS] as const;
export type JwtAlgorithm = (typeof JWT_ALGORITHMS)[number];

/** Where the key comes from; exactly one is given. */
export interface JwtKeyOptions {
  readonly secret?: string | Uint8Array;
  readonly publicKey?: string | JWK | KeyObject;
  readonly jwksUrl?: URL;
  readonly jwks?: JSONWebKeySet;
  readonly algorithms?: readonly JwtAlgorithm[];
}

/** A key, and the algorithms a token may name: never those of another kind of key (RFC 8725, section 3.1). */
export interface JwtKey {
  readonly key: Uint8Array | KeyObject | JWTVerifyGetKey;
  readonly algorithms: JwtAlgorithm[];
}

class JwtKeyError extends OptionsInvalidError {
  constructor(field: string, expected: string, cause?: unknown) {
    super('JwtResolver', [{ field, expected }], cause);
  }
}

/** @throws {OptionsInvalidError} when the key is unusable, or `algorithms` do not fit it. */
export function jwtKeyOf(options: JwtKeyOptions): JwtKey {
  const { secret, publicKey, jwksUrl, jwks, algorithms } = options;
  if (secret !== undefined) return secretKey(secret, algorithms);
  if (publicKey !== undefined) return publicJwtKey(publicKey, algorithms);
  const allowed = choose(algorithms, PUBLIC_KEY_ALGORITHMS, PUBLIC_KEY_ALGORITHMS, 'a key set');
  if (jwksUrl !== undefined) return { key: remoteKeys(jwksUrl), algorithms: allowed };
  if (jwks !== undefined) return { key: localKeys(jwks), algorithms: allowed };
  throw new JwtKeyError('secret', 'expected one of secret, publicKey, jwksUrl, jwks');
}

function choose(
  asked: readonly JwtAlgorithm[] | undefined,
  fitting: readonly JwtAlgorithm[],
  byDefault: readonly JwtAlgorithm[],
  what: string,
): JwtAlgorithm[] {
  const misfit = asked?.find((algorithm) => !fitting.includes(algorithm));
  if (misfit) {
    throw new JwtKeyError('algorithms', `expected ${fitting.join(', ')} for ${what}, not ${misfit}`);
  }
  return [...(asked ?? byDefault)];
}

function secretKey(secret: string | Uint8Array, asked: readonly JwtAlgorithm[] | undefined): JwtKey {
  const key = typeof secret === 'string' ? new TextEncoder().encode(secret) : Uint8Array.from(secret);
  // A public key used as an HMAC secret is the classic confusion: everybody has it, so everybody could sign.
  if (Buffer.from(key).includes('-----BEGIN ')) {
    throw new JwtKeyError('secret', 'expected a shared secret; give a PEM as publicKey');
  }
  const algorithms = choose(asked, HMAC_ALGORITHMS, ['HS256'], 'a shared secret');
  const minBytes = Math.max(...algorithms.map((algorithm) => Number(algorithm.slice(2)) / 8));
  if (key.length < minBytes) {
    throw new JwtKeyError(
      'secret',
      `expected at least ${minBytes} bytes for ${algorithms.join(', ')} (RFC 7518, section 3.2)`,
    );
  }
  return { key, algorithms };
}

function publicJwtKey(given: string | JWK | KeyObject, asked: readonly JwtAlgorithm[] | undefined): JwtKey {
  const key = publicKeyObject(given);
  const fitting = algorithmsFor(key);
  const named = fitting.filter((algorithm) => isJwk(given) && given.alg === algorithm);
  return { key, algorithms: choose(asked, fitting, named.length > 0 ? named : fitting, 'this public key') };
}

function isJwk(given: string | JWK | KeyObject): given is JWK {
  return typeof given !== 'string' && !(given instanceof KeyObject);
}

const PUBLIC_KEY_EXPECTED = 'expected a public key: PEM (SPKI, PKCS#1 or X.509), JWK or KeyObject';

function publicKeyObject(given: string | JWK | KeyObject): KeyObject {
  if (isPrivate(given)) {
    throw new JwtKeyError('publicKey', 'expected a public key; keep private keys where tokens are signed');
  }
  if (given instanceof KeyObject) {
    if (given.type === 'public') return given;
    throw new JwtKeyError('publicKey', PUBLIC_KEY_EXPECTED);
  }
  try {
    return isJwk(given) ? createPublicKey({ key: { ...given }, format: 'jwk' }) : createPublicKey(given);
  } catch (cause) {
    throw new JwtKeyError('publicKey', PUBLIC_KEY_EXPECTED, cause);
  }
}

function isPrivate(given: string | JWK | KeyObject): boolean {
  if (typeof given === 'string') return given.includes('PRIVATE KEY-----');
  return given instanceof KeyObject ? given.type === 'private' : 'd' in given || 'k' in given;
}

const EC_BY_CURVE: Readonly<Record<string, JwtAlgorithm>> = {
  prime256v1: 'ES256',
  secp384r1: 'ES384',
  secp521r1: 'ES512',
};
/** RFC 7518, sections 3.3 and 3.5. */
const MIN_RSA_BITS = 2048;

function algorithmsFor(key: KeyObject): readonly JwtAlgorithm[] {
  const { modulusLength = 0, namedCurve = '' } = key.asymmetricKeyDetails ?? {};
  switch (key.asymmetricKeyType) {
    case 'rsa':
      if (modulusLength < MIN_RSA_BITS) {
        throw new JwtKeyError('publicKey', `expected an RSA key of at least ${MIN_RSA_BITS} bits`);
      }
      return RSA_ALGORITHMS;
    case 'ec': {
      const algorithm = EC_BY_CURVE[namedCurve];
      if (!algorithm) throw new JwtKeyError('publicKey', 'expected one of the curves P-256, P-384, P-521');
      return [algorithm];
    }
    case 'ed25519':
      return EDWARDS_ALGORITHMS;
    default:
      throw new JwtKeyError('publicKey', 'expected an RSA, EC or Ed25519 key');
  }
}

function localKeys(jwks: JSONWebKeySet): JWTVerifyGetKey {
  try {
    const secretAt = jwks.keys.findIndex(isPrivate);
    if (secretAt >= 0) {
      throw new JwtKeyError('jwks', `expected public keys only; keys[${secretAt}] is secret`);
    }
    return createLocalJWKSet(jwks);
  } catch (cause) {
    if (cause instanceof JwtKeyError) throw cause;
    throw new JwtKeyError(
      'jwks',
      'expected a JSON Web Key Set: { keys: [...] } (RFC 7517, section 5)',
      cause,
    );
  }
}

/**
 * The key set behind a URL. `jose` caches it for 10 minutes and asks again for an unknown key at most
 * every 30 seconds, so that forged key ids cannot drive traffic to the issuer.
 */
function remoteKeys(url: URL): JWTVerifyGetKey {
  const keys = createRemoteJWKSet(url);
  return async (header, token) => {
    try {
      return await keys(header, token);
    } catch (error) {
      if (isAboutToken(error)) throw error;
      throw new TenantStoreUnavailableError(
        new Error('The JSON Web Key Set of the JWT resolver could not be fetched.', { cause: error }),
      );
    }
  };
}

/** Whether the key set was there and simply has no key for this token. */
function isAboutToken(error: unknown): boolean {
  return (
    error instanceof errors.JWKSNoMatchingKey ||
    error instanceof errors.JWKSMultipleMatchingKeys ||
    error instanceof errors.JOSENotSupported
  );
}
