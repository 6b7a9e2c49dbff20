import { isIP } from 'node:net';
import { Networks } from '../support/networks.js';

// What is not of the public internet, of the registries of special-purpose addresses (IANA; RFC 6890 and its updates).
const SPECIAL_IPV4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '192.175.48.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  // Azure's host, which serves its virtual machines at a public address.
  '168.63.129.16/32',
];

/** Global unicast. Loopback, link-local, unique local, multicast, IPv4-mapped and NAT64 addresses are outside of it. */
const GLOBAL_IPV6 = ['2000::/3'];

/** Within it: protocol assignments with Teredo, documentation, 6to4, AS112. */
const SPECIAL_IPV6 = ['2001::/23', '2001:db8::/32', '2002::/16', '2620:4f:8000::/48', '3fff::/20'];

const specialIPv4 = new Networks(SPECIAL_IPV4);
const globalIPv6 = new Networks(GLOBAL_IPV6);
const specialIPv6 = new Networks(SPECIAL_IPV6);

/** Whether an address is one of the public internet. */
export function isPublicAddress(address: string): boolean {
  const version = isIP(address);
  if (version === 4) return !specialIPv4.has(address);
  return globalIPv6.has(address) && !specialIPv6.has(address);
}
