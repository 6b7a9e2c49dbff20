import { createHmac, timingSafeEqual } from 'node:crypto';

/** What a token says. */
export interface MessageClaim {
  readonly tenantId: string;
  readonly issuedAt: Date;
}

/** Version, tenant, milliseconds since 1970, signature. */
const TOKEN = /^v1\.([0-9a-f-]{36})\.([0-9]{1,16})\.([A-Za-z0-9_-]{0,43})$/;

/**
 * A token that names a tenant, for one purpose.
 *
 * @param key - signs it. Without one, it proves nothing.
 */
export function writeToken(
  { tenantId, issuedAt }: MessageClaim,
  purpose: string,
  key: string | undefined,
): string {
  const claim = `v1.${tenantId}.${issuedAt.getTime()}`;
  return `${claim}.${key === undefined ? '' : signatureOf(claim, purpose, key).toString('base64url')}`;
}

/**
 * @param keys - one of them must have signed it for the same purpose. Without any, it is believed as it is.
 * @returns `undefined` for what is no such token.
 */
export function readToken(
  token: unknown,
  purpose: string,
  keys: readonly string[],
): MessageClaim | undefined {
  if (typeof token !== 'string') return undefined;
  const [, tenantId, issuedAt, signature] = TOKEN.exec(token) ?? [];
  if (tenantId === undefined || issuedAt === undefined || signature === undefined) return undefined;
  const claim = `v1.${tenantId}.${issuedAt}`;
  const given = Buffer.from(signature, 'base64url');
  const isGenuine = keys.some((key) => {
    const expected = signatureOf(claim, purpose, key);
    return given.length === expected.length && timingSafeEqual(given, expected);
  });
  return isGenuine || keys.length === 0 ? { tenantId, issuedAt: new Date(Number(issuedAt)) } : undefined;
}

/** HMAC (RFC 2104) with SHA-256. The parts cannot run into each other: a claim has no line break. */
function signatureOf(claim: string, purpose: string, key: string): Buffer {
  return createHmac('sha256', key).update(`rowhouse-message\n${claim}\n${purpose}`).digest();
}
