import { TenantIdInvalidError } from '@rowhouse/core';
import { isHostname } from '@rowhouse/core/internal';
import { z } from 'zod';
import type { TenantRequest } from './tenant-request.js';

/** A host name of 253 characters, a trailing dot, and `:65535`. */
const MAX_HOST_LENGTH = 260;

/** Wider than RFC 1123 by `_`, which private networks use; narrower checks follow where a tenant is read. */
const NAMED_HOST = /^((?:[A-Za-z0-9_-]{1,63}\.)*[A-Za-z0-9_-]{1,63})\.?(?::[0-9]{1,5})?$/;
const IPV6_HOST = /^(\[[0-9A-Fa-f:.]{2,45}\])(?::[0-9]{1,5})?$/;
/** A last label that is a number makes the whole an IPv4 address (WHATWG URL, "ends in a number checker"). */
const ENDS_IN_NUMBER = /(?:^|\.)(?:[0-9]+|0x[0-9a-f]*)$/;

/**
 * The host of a `Host` header or URL, lower-cased (RFC 4343), without port and trailing dot.
 *
 * The characters are checked before they are lower-cased: some letters outside ASCII, such as the
 * Kelvin sign, have ASCII lower-case forms.
 *
 * @throws {TenantIdInvalidError} for userinfo, two ports, `#`, `/`, empty labels, anything but host and port.
 */
export function parseHost(value: string): string {
  if (value.length > MAX_HOST_LENGTH) throw new TenantIdInvalidError('domain');
  const host = (NAMED_HOST.exec(value) ?? IPV6_HOST.exec(value))?.[1];
  if (host === undefined || host.length > 253) throw new TenantIdInvalidError('domain');
  return host.toLowerCase();
}

/** True for host names that may stand in DNS as a tenant's; false for IP addresses. */
export function isDomainName(host: string): boolean {
  return isHostname(host) && !ENDS_IN_NUMBER.test(host);
}

/**
 * The host a request was sent to, as {@link parseHost} writes it; `undefined` when it names none.
 *
 * @param trustForwardedHost - prefer the first `X-Forwarded-Host`: only behind a proxy that overwrites it.
 * @throws {TenantIdInvalidError} when the host is malformed, repeated, or differs from the one in the request target.
 */
export function hostOf(request: TenantRequest, trustForwardedHost: boolean): string | undefined {
  const forwarded = trustForwardedHost ? firstForwardedHost(request) : undefined;
  if (forwarded !== undefined) return parseHost(forwarded);

  const header = request.header('host');
  if (header !== undefined && typeof header !== 'string') throw new TenantIdInvalidError('domain');
  // An empty Host is how HTTP/1.1 says "none" (RFC 9112, 3.2).
  const host = header ? parseHost(header) : undefined;

  const { authority } = request;
  if (!authority) return host;
  const named = parseHost(authority);
  if (host !== undefined && host !== named) throw new TenantIdInvalidError('domain');
  return named;
}

function firstForwardedHost(request: TenantRequest): string | undefined {
  const header = request.header('x-forwarded-host');
  const value = typeof header === 'string' || header === undefined ? header : header[0];
  const comma = value?.slice(0, MAX_HOST_LENGTH + 1).indexOf(',') ?? -1;
  return comma < 0 ? value : value?.slice(0, comma).trimEnd();
}

/** An option that is a domain of the application's own: lower-cased, neither port nor address. */
export const ownDomain = z
  .string()
  .transform((domain) => domain.toLowerCase().replace(/\.$/, ''))
  .refine(isDomainName, 'expected a host name without a port, such as example.com');
