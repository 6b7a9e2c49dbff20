import { TenantIdInvalidError } from '@rowhouse/core';
import { DomainResolver, type DomainResolverOptions } from './domain.resolver.js';
import { toTenantRequest } from './request/to-tenant-request.js';

const resolver = new DomainResolver({ ownDomains: ['Example.com'] });
const resolve = (host: string) => resolver.resolve(toTenantRequest({ host }));

describe('DomainResolver', () => {
  it.each(['shop.acme.test', 'SHOP.ACME.TEST', 'shop.acme.test:8443', 'shop.acme.test.'])(
    'takes the whole of %s, and may be wrong about it',
    (host) => {
      expect(resolve(host)).toEqual({ kind: 'domain', value: 'shop.acme.test', optional: true });
    },
  );

  it.each([
    ['a domain of its own', 'example.com'],
    ['a subdomain of its own', 'acme.example.com'],
    ['an IPv4 address', '10.0.0.1'],
    ['an IPv4 address written short', '127.1'],
    ['an IPv4 address written as a number', '0x7f000001'],
    ['an IPv6 address', '[::1]:80'],
    ['a name that is not for DNS', 'my_service:3000'],
    ['no host', ''],
  ])('says nothing about %s', (_, host) => {
    expect(resolve(host)).toBeUndefined();
  });

  it('does not take a domain that merely ends like its own for its own', () => {
    expect(resolve('evilexample.com')?.value).toBe('evilexample.com');
    expect(resolve('example.com.evil.com')?.value).toBe('example.com.evil.com');
  });

  it.each([
    'acme.test:80:80',
    'evil.com#acme.test',
    'a@acme.test',
    "acme.test'--",
    '\u0430cme.test',
    'acme..test',
  ])('refuses %s', (host) => {
    expect(() => resolve(host)).toThrow(TenantIdInvalidError);
  });

  it('looks at X-Forwarded-Host only when told to trust it', () => {
    const request = toTenantRequest({ host: 'internal.local', 'x-forwarded-host': 'shop.acme.test' });
    expect(resolver.resolve(request)?.value).toBe('internal.local');
    expect(new DomainResolver({ trustForwardedHost: true }).resolve(request)?.value).toBe('shop.acme.test');
  });

  it('refuses wrong options by path', () => {
    const options = { ownDomains: ['example.com:80'] } satisfies DomainResolverOptions;
    expect(() => new DomainResolver(options)).toThrow(
      'DomainResolver: ownDomains[0]: expected a host name without a port',
    );
  });
});
