import { BlockList, isIP } from 'node:net';

/** Networks in CIDR notation, as {@link isNetwork} knows them. */
export class Networks {
  // By family: to Node's list, `::/0` holds every IPv4 address too.
  readonly #v4 = new BlockList();
  readonly #v6 = new BlockList();

  constructor(networks: readonly string[]) {
    for (const network of networks) {
      const [address = '', length] = network.split('/');
      if (isIP(address) === 4) this.#v4.addSubnet(address, Number(length ?? 32), 'ipv4');
      else this.#v6.addSubnet(address, Number(length ?? 128), 'ipv6');
    }
  }

  /** Whether one of them has the address. What is no address is in none, and so is one with a zone (`fe80::1%eth0`). */
  has(address: string): boolean {
    const version = isIP(address);
    if (version === 0 || address.includes('%')) return false;
    return version === 4 ? this.#v4.check(address, 'ipv4') : this.#v6.check(address, 'ipv6');
  }
}

/** Whether a text is a network: `10.0.0.0/8`, `192.0.2.7`, `2001:db8::/32`. */
export function isNetwork(text: string): boolean {
  const [address = '', length, ...rest] = text.split('/');
  const version = isIP(address);
  // IPv4 networks are written as IPv4.
  if (rest.length > 0 || version === 0 || /%|^::ffff:/i.test(address)) return false;
  return length === undefined || (/^\d{1,3}$/.test(length) && Number(length) <= (version === 4 ? 32 : 128));
}
