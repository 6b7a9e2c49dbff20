import { isIP } from 'node:net';
import { isPublicAddress } from './public-address.js';
import { WebhookInvalidError } from './webhook-errors.js';
import type { WebhookPolicy } from './webhook-options.js';

/** Nothing below 1024 but the web's own ports: no mail server, no SSH. */
const WEB_PORTS = ['', '80', '443'];
const FIRST_OTHER_PORT = 1_024;

/**
 * A URL that webhooks may have, as far as can be said without looking its host up.
 *
 * @throws {WebhookInvalidError}
 */
export function parseWebhookUrl(text: string, policy: WebhookPolicy): URL {
  if (!URL.canParse(text)) throw invalid('expected a URL such as https://example.com/hooks');
  const url = new URL(text);
  if (url.protocol !== 'https:' && !(policy.allowHttp && url.protocol === 'http:'))
    throw invalid(policy.allowHttp ? 'expected https: or http:' : 'expected https:');
  if (url.username !== '' || url.password !== '') throw invalid('expected no user name and no password');
  if (url.hash !== '') throw invalid('expected no fragment');
  if (!WEB_PORTS.includes(url.port) && Number(url.port) < FIRST_OTHER_PORT)
    throw invalid('expected the port 443, 80, or one from 1024');
  const host = hostOf(url);
  if (isIP(host) > 0 && !isAllowedAddress(host, policy)) throw invalid('expected a public address');
  return url;
}

/** The name or the address, which a URL has in brackets if it is IPv6. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, '$1');
}

export function isAllowedAddress(address: string, { allowedNetworks }: WebhookPolicy): boolean {
  return isPublicAddress(address) || allowedNetworks.has(address);
}

function invalid(expected: string): WebhookInvalidError {
  return new WebhookInvalidError([{ field: 'url', expected }]);
}
