import { TenantIdInvalidError } from '@rowhouse/core';
import { HeaderResolver, type HeaderResolverOptions } from './header.resolver.js';
import { toTenantRequest } from './request/to-tenant-request.js';

describe('HeaderResolver', () => {
  it('reads X-Tenant-ID by default, in any letter case', () => {
    const resolver = new HeaderResolver();
    expect(resolver.resolve(toTenantRequest({ 'x-TENANT-id': 'acme' }))).toEqual({
      kind: 'slug',
      value: 'acme',
    });
  });

  it('reads the header it is told to, and no other', () => {
    const resolver = new HeaderResolver({ header: 'X-Company-ID' });
    expect(resolver.resolve(toTenantRequest({ 'X-Company-ID': 'acme' }))).toEqual({
      kind: 'slug',
      value: 'acme',
    });
    expect(resolver.resolve(toTenantRequest({ 'X-Tenant-ID': 'acme' }))).toBeUndefined();
  });

  it('says nothing about a request without headers', () => {
    expect(new HeaderResolver().resolve(toTenantRequest('/products'))).toBeUndefined();
  });

  it('refuses an empty header: somebody meant to name a tenant', () => {
    expect(() => new HeaderResolver().resolve(toTenantRequest({ 'x-tenant-id': '' }))).toThrow(
      TenantIdInvalidError,
    );
  });

  it.each([
    ['different values', ['acme', 'globex']],
    ['the same value', ['acme', 'acme']],
  ])('refuses a header sent twice with %s', (_, values) => {
    const asArray = toTenantRequest({ 'x-tenant-id': values });
    const asHeaders = toTenantRequest(
      new Headers(values.map((value): [string, string] => ['x-tenant-id', value])),
    );
    expect(() => new HeaderResolver().resolve(asArray)).toThrow(TenantIdInvalidError);
    expect(() => new HeaderResolver().resolve(asHeaders)).toThrow(TenantIdInvalidError);
  });

  it('is client-supplied', () => {
    expect(new HeaderResolver().clientSupplied).toBe(true);
  });

  it.each<[unknown, string]>([
    [{ header: 'X Tenant' }, 'HeaderResolver: header: expected a header name such as X-Tenant-ID'],
    [{ header: '' }, 'HeaderResolver: header: expected a header name'],
    [{ header: 5 }, 'HeaderResolver: header: Invalid input: expected string'],
    [{ haeder: 'X-Tenant-ID' }, 'HeaderResolver: options: Unrecognized key: "haeder"'],
    [null, 'HeaderResolver: options: Invalid input: expected object'],
  ])('refuses options %j', (options, message) => {
    expect(() => new HeaderResolver(options as HeaderResolverOptions)).toThrow(message);
  });
});
