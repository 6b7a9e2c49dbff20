import { TenantIdInvalidError } from '@rowhouse/core';
import { ApiKeyResolver } from './api-key.resolver.js';
import { toTenantRequest } from './request/to-tenant-request.js';

const KEY = 'rh_live_0123456789abcdefABCDEF-._~+/=';
const resolver = new ApiKeyResolver();
const resolve = (headers: Record<string, string | string[]>, by = resolver) =>
  by.resolve(toTenantRequest(headers));

describe('ApiKeyResolver', () => {
  it.each([
    ['X-API-Key', { 'X-API-Key': KEY }],
    ['Authorization', { Authorization: `ApiKey ${KEY}` }],
    ['Authorization, scheme in another letter case', { Authorization: `APIKEY ${KEY}` }],
    ['both, saying the same', { 'X-API-Key': KEY, Authorization: `ApiKey ${KEY}` }],
  ])('takes a key from %s', (_, headers) => {
    expect(resolve(headers)).toEqual({ kind: 'apiKey', value: KEY });
  });

  it.each([
    ['nothing', {}],
    ['a bearer token', { authorization: `Bearer ${KEY}` }],
    ['basic credentials', { authorization: 'Basic YTpi' }],
    ['another scheme that begins alike', { authorization: `ApiKeys ${KEY}` }],
  ])('says nothing about %s', (_, headers) => {
    expect(resolve(headers)).toBeUndefined();
  });

  it('reads another header and scheme, and can leave Authorization alone', () => {
    const other = new ApiKeyResolver({ header: 'X-Shop-Key', scheme: 'Shop' });
    expect(resolve({ 'x-shop-key': KEY }, other)?.value).toBe(KEY);
    expect(resolve({ authorization: `Shop ${KEY}` }, other)?.value).toBe(KEY);
    expect(resolve({ 'x-api-key': KEY, authorization: `ApiKey ${KEY}` }, other)).toBeUndefined();
    const without = new ApiKeyResolver({ scheme: false });
    expect(resolve({ authorization: `ApiKey ${KEY}` }, without)).toBeUndefined();
  });

  it.each([
    ['an empty key', { 'x-api-key': '' }],
    ['a short key', { 'x-api-key': 'k'.repeat(7) }],
    ['257 characters', { 'x-api-key': 'k'.repeat(257) }],
    ['a megabyte', { 'x-api-key': 'k'.repeat(1_000_000) }],
    ['a repeated header', { 'x-api-key': [KEY, KEY] }],
    ['a joined repetition', { 'x-api-key': `${KEY}, ${KEY}` }],
    ['a line feed', { 'x-api-key': `${KEY}\n` }],
    ['a NUL', { 'x-api-key': `${KEY}\0` }],
    ['SQL', { 'x-api-key': "k' or '1'='1' --" }],
    ['a look-alike letter', { 'x-api-key': `${KEY}\u0430` }],
    ['an empty key after the scheme', { authorization: 'ApiKey ' }],
    ['the scheme alone', { authorization: 'ApiKey' }],
    ['two blanks after the scheme', { authorization: `ApiKey  ${KEY}` }],
    ['a tab after the scheme', { authorization: `ApiKey\t${KEY}` }],
    ['a no-break space before the scheme', { authorization: `\u00a0ApiKey ${KEY}` }],
    ['a repeated Authorization', { authorization: [`ApiKey ${KEY}`, 'Bearer x'] }],
    ['two keys that differ', { 'x-api-key': KEY, authorization: `ApiKey ${KEY}x` }],
  ])('refuses %s', (_, headers: Record<string, string | string[]>) => {
    expect(() => resolve(headers)).toThrow(TenantIdInvalidError);
  });

  it('is not client-supplied: to hold the key is the proof', () => {
    expect(resolver.clientSupplied).toBe(false);
  });

  it('refuses a wrong option by path', () => {
    expect(() => new ApiKeyResolver({ scheme: 'Api Key' })).toThrow(
      'ApiKeyResolver: scheme: expected a scheme such as ApiKey, or false',
    );
  });
});
