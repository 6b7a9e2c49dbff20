import { TenantIdInvalidError } from '@rowhouse/core';
import { toTenantRequest } from './request/to-tenant-request.js';
import { SubdomainResolver, type SubdomainResolverOptions } from './subdomain.resolver.js';

const resolver = new SubdomainResolver({
  baseDomains: ['example.com', 'eu.example.com', 'app.example.co.uk', 'localhost'],
});
const resolve = (host: string, by = resolver) => by.resolve(toTenantRequest({ host }));

describe('SubdomainResolver', () => {
  it.each([
    'acme.example.com',
    'ACME.EXAMPLE.COM',
    'acme.example.com:3000',
    'acme.example.com.',
    'acme.app.example.co.uk',
    'acme.localhost:3000',
    'acme.eu.example.com',
  ])('reads tenant acme from %s', (host) => {
    expect(resolve(host)).toEqual({ kind: 'slug', value: 'acme' });
  });

  it('reads it from a URL and from a fetch request', () => {
    expect(resolver.resolve(toTenantRequest('https://acme.example.com/x'))).toEqual({
      kind: 'slug',
      value: 'acme',
    });
    expect(resolver.resolve(toTenantRequest(new Request('https://acme.example.com/x')))).toEqual({
      kind: 'slug',
      value: 'acme',
    });
  });

  it('reads a UUID', () => {
    const id = '0b6a3f1e-5f5e-4c1a-9d3e-2f7a8b9c0d1e';
    expect(resolve(`${id}.example.com`)).toEqual({ kind: 'id', value: id });
  });

  it.each([
    ['the base domain', 'example.com'],
    ['a base domain below another', 'eu.example.com'],
    ['www', 'www.example.com'],
    ['something below www', 'a.www.example.com'],
    ['another domain', 'acme.example.org'],
    ['a domain that ends alike', 'acme.evilexample.com'],
    ['a domain that ends alike, bare', 'evilexample.com'],
    ['a domain that begins alike', 'acme.example.com.evil.com'],
    ['the parent of a base domain', 'example.co.uk'],
    ['an IPv4 address', '10.0.0.1:3000'],
    ['an IPv6 address', '[::1]'],
    ['an IPv6 address with port', '[::1]:3000'],
    ['a private name', 'my_service:3000'],
  ])('says nothing about %s', (_, host) => {
    expect(resolve(host)).toBeUndefined();
  });

  it.each([
    ['further labels', 'a.acme.example.com'],
    ['www before the tenant', 'www.acme.example.com'],
    ['an underscore', 'ac_me.example.com'],
    ['a leading digit', '1acme.example.com'],
    ['an empty label', '.example.com'],
    ['two ports', 'acme.example.com:80:80'],
    ['userinfo', 'a@acme.example.com'],
    ['a fragment', 'evil.com#acme.example.com'],
    ['a label of 49', `${'a'.repeat(49)}.example.com`],
  ])('refuses %s', (_, host) => {
    expect(() => resolve(host)).toThrow(TenantIdInvalidError);
  });

  it('takes the label next to the base domain when nesting is allowed', () => {
    const nested = new SubdomainResolver({ baseDomains: ['example.com'], allowNested: true });
    expect(resolve('a.b.acme.example.com', nested)).toEqual({ kind: 'slug', value: 'acme' });
    expect(() => resolve('acme._tcp.example.com', nested)).toThrow(TenantIdInvalidError);
  });

  it('takes other reserved labels instead of www', () => {
    const reserving = new SubdomainResolver({ baseDomains: ['example.com'], reserved: ['API', 'static'] });
    expect(resolve('api.example.com', reserving)).toBeUndefined();
    expect(resolve('www.example.com', reserving)).toEqual({ kind: 'slug', value: 'www' });
  });

  it('looks at X-Forwarded-Host only when told to trust it', () => {
    const headers = { host: 'internal.local', 'x-forwarded-host': 'acme.example.com' };
    const trusting = new SubdomainResolver({ baseDomains: ['example.com'], trustForwardedHost: true });
    expect(resolver.resolve(toTenantRequest(headers))).toBeUndefined();
    expect(trusting.resolve(toTenantRequest(headers))).toEqual({ kind: 'slug', value: 'acme' });
  });

  it.each<[unknown, string]>([
    [{}, 'SubdomainResolver: baseDomains: Invalid input: expected array'],
    [{ baseDomains: [] }, 'SubdomainResolver: baseDomains: expected at least one domain'],
    [
      { baseDomains: ['example.com', 'example.com:80'] },
      'SubdomainResolver: baseDomains[1]: expected a host name without a port',
    ],
    [{ baseDomains: ['10.0.0.1'] }, 'SubdomainResolver: baseDomains[0]: expected a host name'],
    [{ baseDomains: ['https://example.com'] }, 'SubdomainResolver: baseDomains[0]: expected a host name'],
    [{ baseDomains: ['*.example.com'] }, 'SubdomainResolver: baseDomains[0]: expected a host name'],
    [{ baseDomains: ['example.com'], trustForwardedHost: 'yes' }, 'SubdomainResolver: trustForwardedHost: '],
  ])('refuses options %j', (options, message) => {
    expect(() => new SubdomainResolver(options as SubdomainResolverOptions)).toThrow(message);
  });
});
