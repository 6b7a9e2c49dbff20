import { isIP } from 'node:net';
import type { OutgoingPolicy } from './outgoing-policy.js';
import { isPublicAddress } from './public-address.js';

/** Nothing below 1024 but the web's own ports: no mail server, no SSH. */
const WEB_PORTS = ['', '80', '443'];
const FIRST_OTHER_PORT = 1_024;

/** A URL that a policy does not allow. */
export class OutgoingUrlError extends Error {
  constructor(readonly expected: string) {
    super(expected);
  }
}

/**
 * A URL that somebody else has named, as far as can be said without looking its host up.
 *
 * @throws {OutgoingUrlError}
 */
export function parseOutgoingUrl(text: string, policy: OutgoingPolicy): URL {
  if (!URL.canParse(text)) throw new OutgoingUrlError('expected a URL such as https://example.com/path');
  const url = new URL(text);
  if (url.protocol !== 'https:' && !(policy.allowHttp && url.protocol === 'http:'))
    throw new OutgoingUrlError(policy.allowHttp ? 'expected https: or http:' : 'expected https:');
  if (url.username !== '' || url.password !== '')
    throw new OutgoingUrlError('expected no user name and no password');
  if (url.hash !== '') throw new OutgoingUrlError('expected no fragment');
  if (!WEB_PORTS.includes(url.port) && Number(url.port) < FIRST_OTHER_PORT)
    throw new OutgoingUrlError('expected the port 443, 80, or one from 1024');
  const host = hostOf(url);
  if (isIP(host) > 0 && !isAllowedAddress(host, policy))
    throw new OutgoingUrlError('expected a public address');
  return url;
}

/** The name or the address, which a URL has in brackets if it is IPv6. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, '$1');
}

export function isAllowedAddress(address: string, { allowedNetworks }: OutgoingPolicy): boolean {
  return isPublicAddress(address) || allowedNetworks.has(address);
}
