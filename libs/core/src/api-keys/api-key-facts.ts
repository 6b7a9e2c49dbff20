import { BlockList, isIP } from 'node:net';
import type { Tenant } from '../tenant.js';

/** What a store knows of an API key, beside whose it is. */
export interface ApiKeyFacts {
  /** `undefined` where the store does not say. */
  readonly id: string | undefined;
  /** What the key may do: `orders:write`, `orders:*`, `*`. */
  readonly scopes: readonly string[];
  /** Where it may be used from, as CIDR: `10.0.0.0/8`. Empty: from everywhere. */
  readonly networks: readonly string[];
  readonly expiresAt: Date | null;
}

/** A tenant, and the API key that led to it. */
export interface TenantOfApiKey {
  readonly tenant: Tenant;
  readonly apiKey: ApiKeyFacts;
}

/** A key of a store that says only whose it is. */
export const UNKNOWN_API_KEY: ApiKeyFacts = Object.freeze({
  id: undefined,
  scopes: Object.freeze([]),
  networks: Object.freeze([]),
  expiresAt: null,
});

export function isExpired({ expiresAt }: Pick<ApiKeyFacts, 'expiresAt'>): boolean {
  return expiresAt !== null && expiresAt.getTime() <= Date.now();
}

/** Whether the key has a scope; `orders:*` covers each that begins with `orders:`, and `*` all. */
export function hasScope({ scopes }: Pick<ApiKeyFacts, 'scopes'>, scope: string): boolean {
  return scopes.some(
    (held) => held === '*' || held === scope || (held.endsWith(':*') && scope.startsWith(held.slice(0, -1))),
  );
}

/**
 * Whether the key may be used from an address. An IPv4 address that is written as an IPv6 one (`::ffff:10.0.0.1`) is the IPv4 address.
 *
 * @param address - as the framework gives it; what is no address is in no network.
 */
export function isAllowedFrom(apiKey: ApiKeyFacts, address: string | undefined): boolean {
  if (apiKey.networks.length === 0) return true;
  if (address === undefined) return false;
  // A zone (`fe80::1%eth0`) is the interface, not the address.
  const [plain = ''] = address.split('%', 1);
  const bare = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(plain)?.[1] ?? plain;
  const version = isIP(bare);
  if (version === 0) return false;
  const { v4, v6 } = networksOf(apiKey);
  return version === 4 ? v4.check(bare, 'ipv4') : v6.check(bare, 'ipv6');
}

/** By family: to Node's list, `::/0` holds every IPv4 address too. */
interface Networks {
  readonly v4: BlockList;
  readonly v6: BlockList;
}

/** Made once for each key in memory. */
const networks = new WeakMap<ApiKeyFacts, Networks>();

function networksOf(apiKey: ApiKeyFacts): Networks {
  let made = networks.get(apiKey);
  if (!made) {
    made = { v4: new BlockList(), v6: new BlockList() };
    for (const network of apiKey.networks) {
      const [address = '', length] = network.split('/');
      if (isIP(address) === 4) made.v4.addSubnet(address, Number(length ?? 32), 'ipv4');
      else made.v6.addSubnet(address, Number(length ?? 128), 'ipv6');
    }
    networks.set(apiKey, made);
  }
  return made;
}

/** Whether a text is a network that a key may be held to: `10.0.0.0/8`, `192.0.2.7`, `2001:db8::/32`. */
export function isNetwork(text: string): boolean {
  const [address = '', length, ...rest] = text.split('/');
  const version = isIP(address);
  // IPv4 networks are written as IPv4.
  if (rest.length > 0 || version === 0 || /%|^::ffff:/i.test(address)) return false;
  return length === undefined || (/^\d{1,3}$/.test(length) && Number(length) <= (version === 4 ? 32 : 128));
}
