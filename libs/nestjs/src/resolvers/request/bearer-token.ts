import { TenantTokenInvalidError } from '@rowhouse/core';
import { cookieValues } from './cookie.js';
import { credentialsOf } from './credentials.js';
import type { TenantRequest } from './tenant-request.js';

export interface BearerTokenSource {
  /** Lower-case header name. */
  readonly header?: string | undefined;
  readonly cookie?: string | undefined;
}

/** What Node's HTTP server accepts as all headers together by default. */
const MAX_TOKEN_LENGTH = 16_384;
/** JWS Compact Serialization (RFC 7515, section 7.1), signed: an empty signature is no token. */
const COMPACT_JWS = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;

/**
 * The token a request carries, in the shape of a signed JWT but not yet verified.
 *
 * @returns `undefined` when the request carries none.
 * @throws {TenantTokenInvalidError} when what it carries is no signed JWT, or when there are several.
 */
export function bearerTokenOf(
  request: TenantRequest,
  { header, cookie }: BearerTokenSource,
): string | undefined {
  const token = (header && fromHeader(request, header)) ?? (cookie && fromCookie(request, cookie));
  if (token === undefined) return undefined;
  if (token.length > MAX_TOKEN_LENGTH || !COMPACT_JWS.test(token)) throw new TenantTokenInvalidError();
  return token;
}

function fromHeader(request: TenantRequest, header: string): string | undefined {
  const value = request.header(header);
  if (value === undefined) return undefined;
  if (typeof value !== 'string') throw new TenantTokenInvalidError();
  if (header === 'authorization') return credentialsOf(value, 'Bearer');
  // Only Authorization must have a scheme; a header of the application's own may.
  return /^bearer /i.test(value) ? value.slice('bearer '.length) : value;
}

function fromCookie(request: TenantRequest, cookie: string): string | undefined {
  const header = request.header('cookie');
  if (header === undefined) return undefined;
  const values = cookieValues(typeof header === 'string' ? header : header.join(';'), cookie);
  if (values.length > 1) throw new TenantTokenInvalidError();
  return values[0];
}
