import { isIPv6 } from 'node:net';
import type { ExecutionContext } from '@nestjs/common';
import { requestOf } from '../http/request-state.js';
import type { RateLimitedBy } from './declared-limits.js';

/** Who a request is of, for limits by user; `undefined` for nobody. */
export type RateUserOf = (request: never) => string | undefined;

/** Who is counted; `undefined` for the tenant as a whole. */
export function whoIsCounted(
  context: ExecutionContext,
  by: RateLimitedBy,
  userOf: RateUserOf,
): string | undefined {
  if (by === 'tenant') return undefined;
  const request = requestOf(context) as { readonly ip?: string } | undefined;
  const user = by === 'user' && request ? userOf(request as never) : undefined;
  // Whoever is not signed in is known by the address only.
  return user === undefined ? `ip ${networkOf(request?.ip ?? '')}` : `user ${user}`;
}

/** `request.user` with a claim `sub`, as guards leave a verified token there, or with an `id`. */
export function userOfRequest({ user }: { readonly user?: unknown }): string | undefined {
  if (typeof user !== 'object' || user === null) return undefined;
  const { iss, sub, id } = user as { iss?: unknown; sub?: unknown; id?: unknown };
  const name = sub ?? id;
  if (typeof name !== 'string' && typeof name !== 'number') return undefined;
  return typeof iss === 'string' ? `${iss} ${name}` : `${name}`;
}

/** An IPv4 address, or the /64 of an IPv6 address, because one client has at least that. */
export function networkOf(address: string): string {
  const [plain = ''] = address.split('%');
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(plain)?.[1];
  if (mapped || !isIPv6(plain)) return mapped ?? plain;
  // The URL standard writes an address in one way.
  const [head = '', tail] = new URL(`http://[${plain}]`).hostname.slice(1, -1).split('::');
  const groups = (text: string) => text.split(':').filter(Boolean);
  const [left, right] = [groups(head), groups(tail ?? '')];
  const zeros = Array<string>(tail === undefined ? 0 : 8 - left.length - right.length).fill('0');
  return `${[...left, ...zeros, ...right].slice(0, 4).join(':')}::/64`;
}
