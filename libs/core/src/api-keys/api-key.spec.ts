import fc from 'fast-check';
import { isNetwork } from '../support/networks.js';
import { PostgresTenantStore } from '../tenants/postgres-tenant-store.js';
import { hasScope, isAllowedFrom } from './api-key-facts.js';
import { hasWrongChecksum, makeApiKey, prefixOfApiKey } from './api-key-format.js';
import { ApiKeyHashing, hashApiKey, peppersFromEnvironment } from './api-key-hashing.js';

const environments = fc.stringMatching(/^[a-z]{1,16}$/);

describe('the format of API keys', () => {
  it('is the same for every environment, and its checksum is right', () => {
    fc.assert(
      fc.property(environments, (environment) => {
        const key = makeApiKey(environment);
        expect(key).toMatch(new RegExp(`^rh_${environment}_[0-9A-Za-z]{43}_[0-9a-f]{8}$`));
        expect(hasWrongChecksum(key)).toBe(false);
        expect(key.startsWith(prefixOfApiKey(key))).toBe(true);
        expect(prefixOfApiKey(key)).toHaveLength(`rh_${environment}_`.length + 6);
      }),
    );
  });

  it('shows when any character was changed for another of the same kind', () => {
    const replacements = fc.constantFrom(...'0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ');
    fc.assert(
      fc.property(environments, fc.nat(), replacements, (environment, at, other) => {
        const key = makeApiKey(environment);
        const random = key.lastIndexOf('_') - 43 + (at % 43);
        fc.pre(key[random] !== other);
        expect(hasWrongChecksum(key.slice(0, random) + other + key.slice(random + 1))).toBe(true);
      }),
    );
  });

  it('spares the database a key with a wrong checksum', async () => {
    const asked: unknown[] = [];
    const query = async (question: unknown) => {
      asked.push(question);
      return { rows: [] };
    };
    const store = new PostgresTenantStore({ pool: { query } as never });
    const key = makeApiKey('live');
    expect(await store.findApiKey(key.slice(0, -1) + (key.endsWith('0') ? '1' : '0'))).toBeUndefined();
    expect(asked).toEqual([]);
    expect(await store.findApiKey(key)).toBeUndefined();
    expect(asked).toHaveLength(1);
  });

  it('says nothing about keys of another make', () => {
    for (const key of ['nobody', `rh_${'a'.repeat(43)}`, `rh_${'a_b'.repeat(14)}c`, 'sk_live_1234567890'])
      expect(hasWrongChecksum(key)).toBe(false);
  });

  it.each(['', 'Live', 'live_eu', 'a'.repeat(17), 'l1ve'])('refuses the environment "%s"', (environment) => {
    expect(() => makeApiKey(environment)).toThrow('environment');
  });
});

describe('peppers', () => {
  const old = { version: 1, secret: 'o'.repeat(32) };
  const recent = { version: 2, secret: 'n'.repeat(32) };

  it('hash new keys with the highest version, and find the keys of all', () => {
    const before = new ApiKeyHashing([old]).hash('key');
    const now = new ApiKeyHashing([old, recent]);
    expect(before.pepperVersion).toBe(1);
    expect(now.hash('key').pepperVersion).toBe(2);
    expect(now.candidates('key')).toEqual(
      expect.arrayContaining([before.hash, now.hash('key').hash, hashApiKey('key')]),
    );
    expect(new ApiKeyHashing([recent]).candidates('key')).not.toContainEqual(before.hash);
  });

  it('may be missing', () => {
    expect(new ApiKeyHashing([]).hash('key')).toEqual({ hash: hashApiKey('key'), pepperVersion: 0 });
  });

  it('come from the environment', () => {
    const of = (text: string | undefined) => peppersFromEnvironment({ ROWHOUSE_API_KEY_PEPPERS: text });
    expect(of(`2:${recent.secret}, 1:${old.secret}`)).toEqual([recent, old]);
    expect(of(undefined)).toEqual([]);
    expect(of('')).toEqual([]);
  });

  it.each([
    ['a short secret', '1:hunter2-hunter2'],
    ['no version', 'hunter2'.repeat(6)],
    ['a version twice', `1:${'hunter2'.repeat(6)},1:${'hunter3'.repeat(6)}`],
    ['version 0', `0:${'hunter2'.repeat(6)}`],
  ])('with %s are refused without being shown', (_, text) => {
    const read = () => peppersFromEnvironment({ ROWHOUSE_API_KEY_PEPPERS: text });
    expect(read).toThrow('ROWHOUSE_API_KEY_PEPPERS');
    expect(read).not.toThrow('hunter');
  });
});

describe('networks', () => {
  const from = (networks: string[], address: string | undefined) =>
    isAllowedFrom({ id: 'k', scopes: [], expiresAt: null, networks }, address);

  it.each([
    [[], undefined, true],
    [['10.0.0.0/8'], '10.255.0.1', true],
    [['10.0.0.0/8'], '11.0.0.1', false],
    [['10.0.0.0/8'], '::ffff:10.0.0.1', true],
    [['10.0.0.0/8'], '::FFFF:11.0.0.1', false],
    [['192.0.2.7/32'], '192.0.2.7', true],
    [['192.0.2.7/32'], '192.0.2.8', false],
    [['2001:db8::/32'], '2001:db8:1::1', true],
    [['2001:db8::/32'], '2001:db9::1', false],
    [['fe80::/10'], 'fe80::1%eth0', true],
    [['::/0'], '10.0.0.1', false],
    [['::/0'], '::ffff:10.0.0.1', false],
    [['0.0.0.0/0'], '::1', false],
    [['10.0.0.0/8', '2001:db8::/32'], '2001:db8::1', true],
    [['10.0.0.0/8'], undefined, false],
    [['0.0.0.0/0'], '', false],
    [['0.0.0.0/0'], 'unknown', false],
    [['0.0.0.0/0'], '10.0.0.1:4711', false],
  ])('%j hold %s: %s', (networks, address, isHeld) => {
    expect(from(networks, address)).toBe(isHeld);
  });

  it.each(['10.0.0.0/8', '192.0.2.7', '2001:db8::/32', '::1'])('%s is one', (text) => {
    expect(isNetwork(text)).toBe(true);
  });

  it.each([
    '',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    '10.0.0.0/',
    '10.0.0',
    'localhost',
    'fe80::1%eth0',
    '::ffff:10.0.0.0/104',
    '::1/129',
    ' 10.0.0.0/8',
  ])('"%s" is none', (text) => {
    expect(isNetwork(text)).toBe(false);
  });
});

describe('scopes', () => {
  it.each([
    [['orders:write'], 'orders:write', true],
    [['orders:read'], 'orders:write', false],
    [['orders:*'], 'orders:write', true],
    [['orders:*'], 'orders:items:read', true],
    [['orders:*'], 'orders', false],
    [['orders:*'], 'ordersplus:read', false],
    [['orders'], 'orders:write', false],
    [['*'], 'orders:write', true],
    [[], 'orders:write', false],
  ])('%j have %s: %s', (scopes, scope, isHeld) => {
    expect(hasScope({ scopes }, scope)).toBe(isHeld);
  });
});
