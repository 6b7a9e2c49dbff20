import { BlockList, isIP } from 'node:net';

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

const specialIPv4 = networkList(SPECIAL_IPV4);
const globalIPv6 = networkList(GLOBAL_IPV6);
const specialIPv6 = networkList(SPECIAL_IPV6);

/** Whether an address is one of the public internet. */
export function isPublicAddress(address: string): boolean {
  const version = isIP(address);
  if (version === 4) return !specialIPv4.check(address, 'ipv4');
  return isIn(globalIPv6, address) && !specialIPv6.check(address, 'ipv6');
}

/** Networks in CIDR notation, as `isNetwork` of core knows them. */
export function networkList(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', length] = network.split('/');
    const isIPv4 = isIP(address) === 4;
    list.addSubnet(
      address,
      length === undefined ? (isIPv4 ? 32 : 128) : Number(length),
      isIPv4 ? 'ipv4' : 'ipv6',
    );
  }
  return list;
}

/** Whether a network of the list has the address. One with a zone (`fe80::1%eth0`) is in none. */
export function isIn(list: BlockList, address: string): boolean {
  const version = isIP(address);
  if (version === 0 || address.includes('%')) return false;
  return list.check(address, version === 4 ? 'ipv4' : 'ipv6');
}
