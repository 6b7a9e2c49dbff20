import { Networks } from '../support/networks.js';
import { isPublicAddress } from './public-address.js';

describe('a public address', () => {
  it.each([
    '1.1.1.1',
    '9.255.255.255',
    '11.0.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '172.15.255.255',
    '172.32.0.0',
    '192.167.255.255',
    '223.255.255.255',
    '2606:4700:4700::1111',
    '2a00:1450::1',
  ])('is %s', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  it.each([
    // This host, private networks, carriers' networks, link-local with the metadata of clouds.
    '0.0.0.0',
    '0.1.2.3',
    '10.0.0.1',
    '100.64.0.1',
    '100.100.100.200',
    '127.0.0.1',
    '127.255.255.254',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '168.63.129.16',
    // Protocols, benchmarks, documentation, multicast, reserved, broadcast.
    '192.0.0.192',
    '192.0.2.1',
    '192.88.99.1',
    '198.18.0.1',
    '198.19.255.255',
    '198.51.100.1',
    '203.0.113.1',
    '224.0.0.1',
    '239.255.255.255',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    'fc00::1',
    'fd00:ec2::254',
    'fe80::1',
    'fec0::1',
    'ff02::1',
    '100::1',
    '2001:db8::1',
    '3fff::1',
    '5f00::1',
    // IPv4 in IPv6: mapped, compatible, NAT64, 6to4, Teredo, ISATAP.
    '::ffff:127.0.0.1',
    '::ffff:8.8.8.8',
    '::ffff:0:8.8.8.8',
    '::8.8.8.8',
    '64:ff9b::7f00:1',
    '64:ff9b:1::a00:1',
    '2002:7f00:1::',
    '2001:0:53aa:64c::1',
    'fe80::5efe:a00:1',
    // None at all, or with a zone.
    'fe80::1%eth0',
    '2606:4700::1%eth0',
    '',
    'localhost',
    '127.1',
    '0177.0.0.1',
  ])('is not %s', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });
});

it('a list has what is in one of its networks', () => {
  const list = new Networks(['10.1.0.0/16', '192.0.2.7', 'fd00:1::/32']);
  for (const address of ['10.1.2.3', '192.0.2.7', 'fd00:1::5']) expect(list.has(address)).toBe(true);
  for (const address of ['10.2.0.1', '192.0.2.8', 'fd00:2::5', 'fd00:1::5%eth0', '10.1.0.0/16', ''])
    expect(list.has(address)).toBe(false);
});

it('a network of IPv6 has no IPv4 address, however large it is', () => {
  expect(new Networks(['::/0']).has('10.0.0.1')).toBe(false);
});
