import { Networks } from '../support/networks.js';
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
  return networksOf(apiKey).has(bare);
}

/** Made once for each key in memory. */
const networks = new WeakMap<ApiKeyFacts, Networks>();

function networksOf(apiKey: ApiKeyFacts): Networks {
  let made = networks.get(apiKey);
  if (!made) {
    made = new Networks(apiKey.networks);
    networks.set(apiKey, made);
  }
  return made;
}
