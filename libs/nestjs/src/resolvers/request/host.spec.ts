import { TenantIdInvalidError } from '@rowhouse/core';
import { hostOf, isDomainName, parseHost } from './host.js';
import { toTenantRequest } from './to-tenant-request.js';

describe('parseHost', () => {
  it.each([
    ['acme.example.com', 'acme.example.com'],
    ['ACME.Example.COM', 'acme.example.com'],
    ['acme.example.com:3000', 'acme.example.com'],
    ['acme.example.com.', 'acme.example.com'],
    ['acme.example.com.:443', 'acme.example.com'],
    ['localhost:3000', 'localhost'],
    ['my_service:3000', 'my_service'],
    ['10.0.0.1:3000', '10.0.0.1'],
    ['[::1]', '[::1]'],
    ['[2001:DB8::1]:3000', '[2001:db8::1]'],
    [`${'a'.repeat(63)}.example.com`, `${'a'.repeat(63)}.example.com`],
  ])('reads %s as %s', (value, host) => {
    expect(parseHost(value)).toBe(host);
  });

  it.each([
    ['nothing', ''],
    ['two ports', 'acme.example.com:80:80'],
    ['a port that is no number', 'acme.example.com:http'],
    ['a port without digits', 'acme.example.com:'],
    ['a port alone', ':80'],
    ['userinfo', 'a@b.example.com'],
    ['userinfo with password', 'a:b@acme.example.com'],
    ['a fragment', 'evil.com#acme.example.com'],
    ['a query', 'evil.com?acme.example.com'],
    ['a path', 'evil.com/acme.example.com'],
    ['a backslash', 'evil.com\\acme.example.com'],
    ['a scheme', 'https://acme.example.com'],
    ['a list', 'acme.example.com,globex.example.com'],
    ['a list with space', 'acme.example.com, globex.example.com'],
    ['a space', 'acme.example.com evil.com'],
    ['percent-encoding', 'acme%2eexample.com'],
    ['an empty label', 'acme..example.com'],
    ['an empty first label', '.example.com'],
    ['two dots at the end', 'acme.example.com..'],
    ['a label of 64', `${'a'.repeat(64)}.example.com`],
    ['254 characters', `${'a.'.repeat(126)}ab`],
    ['a megabyte', `${'a.'.repeat(500_000)}com`],
    ['a line feed', 'acme.example.com\n'],
    ['a NUL', 'acme\0.example.com'],
    ['a full-width dot', 'acme\uff0eexample.com'],
    ['an ideographic dot', 'acme\u3002example.com'],
    ['a Kelvin sign, which lower-cases to k', '\u212a.example.com'],
    ['an IPv6 address without brackets', '::1'],
    ['an open bracket', '[::1'],
    ['a zone id', '[fe80::1%25eth0]'],
    ['text after the bracket', '[::1].example.com'],
    ['a name in brackets', '[acme.example.com]'],
  ])('refuses %s', (_, value) => {
    expect(() => parseHost(value)).toThrow(TenantIdInvalidError);
  });
});

describe('isDomainName', () => {
  it.each(['example.com', 'localhost', 'xn--mller-kva.de', '1.example.com', 'a1'])(
    'knows %s as a name',
    (host) => {
      expect(isDomainName(host)).toBe(true);
    },
  );

  it.each([
    '10.0.0.1',
    '127.1',
    '2130706433',
    '0x7f.1',
    '0x7f000001',
    'example.0x1',
    '[::1]',
    'my_service',
    '-a.com',
  ])('does not take %s for a name', (host) => {
    expect(isDomainName(host)).toBe(false);
  });
});

describe('hostOf', () => {
  it('reads the Host header, and the authority of a URL', () => {
    expect(hostOf(toTenantRequest({ Host: 'Acme.example.com:80' }), false)).toBe('acme.example.com');
    expect(hostOf(toTenantRequest('https://acme.example.com:8443/products'), false)).toBe('acme.example.com');
    expect(hostOf(toTenantRequest(new URL('https://acme.example.com/')), false)).toBe('acme.example.com');
  });

  it('answers nothing for a request without a host, or with an empty one', () => {
    expect(hostOf(toTenantRequest('/products'), false)).toBeUndefined();
    expect(hostOf(toTenantRequest({ host: '' }), false)).toBeUndefined();
  });

  it('refuses a repeated Host', () => {
    const request = toTenantRequest({ host: ['acme.example.com', 'globex.example.com'] });
    expect(() => hostOf(request, false)).toThrow(TenantIdInvalidError);
  });

  it('refuses a Host that contradicts the request target, and accepts one that agrees', () => {
    const target = 'http://acme.example.com/products';
    const message = (host: string) => toTenantRequest({ url: target, headers: { host } });
    expect(hostOf(message('ACME.example.com:80'), false)).toBe('acme.example.com');
    expect(() => hostOf(message('globex.example.com'), false)).toThrow(TenantIdInvalidError);
  });

  it('reads :authority of HTTP/2, which Host must not contradict', () => {
    const authority = { ':authority': 'acme.example.com' };
    expect(hostOf(toTenantRequest({ url: '/', headers: authority }), false)).toBe('acme.example.com');
    const contradicted = toTenantRequest({ url: '/', headers: { ...authority, host: 'globex.example.com' } });
    expect(() => hostOf(contradicted, false)).toThrow(TenantIdInvalidError);
  });

  describe('with X-Forwarded-Host', () => {
    const request = (forwarded: string | string[]) =>
      toTenantRequest({ host: 'internal.local:8080', 'x-forwarded-host': forwarded });

    it('ignores it unless trusted', () => {
      expect(hostOf(request('acme.example.com'), false)).toBe('internal.local');
    });

    it.each([
      ['one value', 'Acme.example.com:443'],
      ['the first of a list', 'acme.example.com, globex.example.com'],
      ['the first of a list with blanks', 'acme.example.com , globex.example.com'],
      ['the first of several headers', ['acme.example.com', 'globex.example.com']],
    ])('takes %s when trusted', (_, forwarded) => {
      expect(hostOf(request(forwarded), true)).toBe('acme.example.com');
    });

    it.each([
      ['', 'an empty value'],
      [', acme.example.com', 'an empty first value'],
      ['evil.com#acme.example.com', 'a malformed value'],
      [`${'a'.repeat(1_000_000)},acme.example.com`, 'a megabyte'],
    ])('refuses %.40s when trusted: %s', (forwarded) => {
      expect(() => hostOf(request(forwarded), true)).toThrow(TenantIdInvalidError);
    });

    it('falls back to Host when it is absent', () => {
      expect(hostOf(toTenantRequest({ host: 'acme.example.com' }), true)).toBe('acme.example.com');
    });
  });
});
