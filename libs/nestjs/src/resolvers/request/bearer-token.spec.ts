import { TenantTokenInvalidError } from '@rowhouse/core';
import { type BearerTokenSource, bearerTokenOf } from './bearer-token.js';
import { cookieValues } from './cookie.js';
import { toTenantRequest } from './to-tenant-request.js';

const TOKEN = 'aGVhZGVy.cGF5bG9hZA.c2lnbmF0dXJl';
const AUTHORIZATION: BearerTokenSource = { header: 'authorization' };
const COOKIE: BearerTokenSource = { cookie: 'session' };
const OWN: BearerTokenSource = { header: 'x-access-token' };

type Headers = Record<string, string | string[]>;

describe('bearerTokenOf', () => {
  it.each<[string, BearerTokenSource, Headers]>([
    ['Authorization', AUTHORIZATION, { Authorization: `Bearer ${TOKEN}` }],
    ['Authorization, scheme in another letter case', AUTHORIZATION, { Authorization: `bEARER ${TOKEN}` }],
    ['a header of its own', OWN, { 'X-Access-Token': TOKEN }],
    ['a header of its own with a scheme', OWN, { 'X-Access-Token': `Bearer ${TOKEN}` }],
    ['a cookie', COOKIE, { Cookie: `a=1; session=${TOKEN}; b=2` }],
    ['a quoted cookie', COOKIE, { Cookie: `session="${TOKEN}"` }],
    ['a cookie when the header is absent', { ...AUTHORIZATION, ...COOKIE }, { Cookie: `session=${TOKEN}` }],
    [
      'a cookie beside another scheme',
      { ...AUTHORIZATION, ...COOKIE },
      { Authorization: 'Basic YTpi', Cookie: `session=${TOKEN}` },
    ],
    [
      'a header before a cookie',
      { ...AUTHORIZATION, ...COOKIE },
      { Authorization: `Bearer ${TOKEN}`, Cookie: 'session=x' },
    ],
  ])('takes the token from %s', (_, source, headers) => {
    expect(bearerTokenOf(toTenantRequest(headers), source)).toBe(TOKEN);
  });

  it.each<[string, BearerTokenSource, Headers]>([
    ['no header', AUTHORIZATION, {}],
    ['another scheme', AUTHORIZATION, { Authorization: 'Basic YTpi' }],
    ['another scheme that begins alike', AUTHORIZATION, { Authorization: `BearerX ${TOKEN}` }],
    ['no cookie', COOKIE, {}],
    ['another cookie', COOKIE, { Cookie: `sessions=${TOKEN}; xsession=${TOKEN}; Session=${TOKEN}` }],
    ['a cookie without a value', COOKIE, { Cookie: 'session' }],
    ['a token in a header that is not looked at', COOKIE, { Authorization: `Bearer ${TOKEN}` }],
  ])('finds none in %s', (_, source, headers) => {
    expect(bearerTokenOf(toTenantRequest(headers), source)).toBeUndefined();
  });

  it.each<[string, BearerTokenSource, Headers]>([
    ['the scheme alone', AUTHORIZATION, { Authorization: 'Bearer' }],
    ['an empty token', AUTHORIZATION, { Authorization: 'Bearer ' }],
    ['an empty header', AUTHORIZATION, { Authorization: '' }],
    ['an opaque token', AUTHORIZATION, { Authorization: 'Bearer 0123456789abcdef' }],
    ['an unsigned token', AUTHORIZATION, { Authorization: 'Bearer aGVhZGVy.cGF5bG9hZA.' }],
    ['an encrypted token', AUTHORIZATION, { Authorization: 'Bearer a.b.c.d.e' }],
    ['padding', AUTHORIZATION, { Authorization: `Bearer ${TOKEN}==` }],
    ['a line feed', AUTHORIZATION, { Authorization: `Bearer ${TOKEN}\n` }],
    ['two tokens', AUTHORIZATION, { Authorization: `Bearer ${TOKEN}, Bearer ${TOKEN}` }],
    ['two headers', AUTHORIZATION, { Authorization: [`Bearer ${TOKEN}`, `Bearer ${TOKEN}`] }],
    ['a token of 16,385', AUTHORIZATION, { Authorization: `Bearer a.b.${'c'.repeat(16_381)}` }],
    ['a megabyte', AUTHORIZATION, { Authorization: `Bearer ${'a'.repeat(1_000_000)}` }],
    // Lenient parsers take the next three for a bearer token: it must not go unverified here.
    ['a tab after the scheme', AUTHORIZATION, { Authorization: `Bearer\t${TOKEN}` }],
    ['two blanks after the scheme', AUTHORIZATION, { Authorization: `Bearer  ${TOKEN}` }],
    ['a no-break space before the scheme', AUTHORIZATION, { Authorization: `\u00a0Bearer ${TOKEN}` }],
    ['two cookies', COOKIE, { Cookie: `session=${TOKEN}; session=${TOKEN}` }],
    ['two cookies, one with a blank', COOKIE, { Cookie: `session=${TOKEN}; session =x` }],
    ['two cookie headers', COOKIE, { Cookie: [`session=${TOKEN}`, `session=${TOKEN}`] }],
    ['an empty cookie', COOKIE, { Cookie: 'session=' }],
    ['two headers of its own', OWN, { 'X-Access-Token': [TOKEN, TOKEN] }],
  ])('refuses %s', (_, source, headers) => {
    expect(() => bearerTokenOf(toTenantRequest(headers), source)).toThrow(TenantTokenInvalidError);
  });

  it('accepts a token of 16,384', () => {
    const token = `a.b.${'c'.repeat(16_380)}`;
    expect(bearerTokenOf(toTenantRequest({ authorization: `Bearer ${token}` }), AUTHORIZATION)).toBe(token);
  });
});

describe('cookieValues', () => {
  it.each<[string, string[]]>([
    ['a=1', ['1']],
    ['b=0; a=1;a=2 ; a = 3', ['1', '2', '3']],
    ['a="1"', ['1']],
    ['a="', ['"']],
    ['a=1=2', ['1=2']],
    ['a', []],
    ['', []],
    ['aa=1; ba=2', []],
  ])('finds a in %j', (header, values) => {
    expect(cookieValues(header, 'a')).toEqual(values);
  });
});
