import { TenantIdInvalidError } from '@rowhouse/core';
import { SignJWT } from 'jose';
import { CustomResolver } from './custom.resolver.js';
import { HeaderResolver } from './header.resolver.js';
import { JwtResolver } from './jwt/jwt.resolver.js';
import { PathResolver } from './path.resolver.js';
import { QueryResolver } from './query.resolver.js';
import { toTenantRequest } from './request/to-tenant-request.js';
import { SubdomainResolver } from './subdomain.resolver.js';
import { type TenantReference } from './tenant-reference.js';

const secret = 'the wire test secret of 32 bytes';
const header = new HeaderResolver();
const query = new QueryResolver();
const path = new PathResolver();
const anyPath = new PathResolver({ pattern: '/:tenant' });
const subdomain = new SubdomainResolver({ baseDomains: ['example.com'] });
const custom = new CustomResolver(({ raw }) => (raw as { value: string }).value);
const jwt = new JwtResolver({ secret });

/** Every way of carrying one text to a resolver that reads a slug or a UUID. */
const carriers: Record<string, (text: string) => Promise<TenantReference | undefined>> = {
  header: async (text) => header.resolve(toTenantRequest({ 'X-Tenant-ID': text })),
  query: async (text) => query.resolve(toTenantRequest(`/?tenant=${encodeURIComponent(text)}`)),
  path: async (text) => path.resolve(toTenantRequest(`/t/${encodeURIComponent(text)}/products`)),
  'path without prefix': async (text) => anyPath.resolve(toTenantRequest(`/${encodeURIComponent(text)}`)),
  subdomain: async (text) => subdomain.resolve(toTenantRequest({ host: `${text}.example.com` })),
  custom: async (text) => custom.resolve(toTenantRequest({ value: text })),
  'JWT claim': async (text) => {
    const token = await new SignJWT({ tenant_id: text })
      .setProtectedHeader({ alg: 'HS256' })
      .setExpirationTime('1h')
      .sign(Buffer.from(secret));
    return jwt.resolve(toTenantRequest({ authorization: `Bearer ${token}` }));
  },
};

const MEGABYTE = 'a'.repeat(1_000_000);

const malformed: [string, string][] = [
  ['NUL at the end', 'acme\0'],
  ['NUL inside', 'ac\0me'],
  ['line feed at the end', 'acme\n'],
  ['carriage return, line feed, header', 'acme\r\nX-Admin: 1'],
  ['tab', 'acme\t'],
  ['escape sequence', '\u001b[2Jacme'],
  ['delete', 'acme\u007f'],
  ['C1 control', 'acme\u0085'],
  ['leading space', ' acme'],
  ['trailing space', 'acme '],
  ['no-break space', 'acme\u00a0'],
  ['line separator', 'acme\u2028'],
  ['Cyrillic a', '\u0430cme'],
  ['Greek omicron', 'f\u03bf\u03bf'],
  ['full-width letters', '\uff41\uff43\uff4d\uff45'],
  ['mathematical bold', '\u{1d41a}cme'],
  ['Kelvin sign', '\u212aacme'],
  ['long s', 'acme\u017f'],
  ['dotless i', 'acme-\u0131nc'],
  ['ligature', 'o\ufb03ce'],
  ['combining accent', 'acme\u0301'],
  ['zero-width space', 'ac\u200bme'],
  ['zero-width joiner', 'ac\u200dme'],
  ['byte order mark', '\ufeffacme'],
  ['right-to-left override', '\u202eemca'],
  ['soft hyphen', 'ac\u00adme'],
  ['Arabic digit', 'acme\u0661'],
  ['parent directory', '../acme'],
  ['parent directory, bare', '..'],
  ['parent directory, backslashes', '..\\acme'],
  ['parent directory, encoded', '%2e%2e%2facme'],
  ['parent directory, encoded twice', '%252e%252e%252facme'],
  ['absolute path', '/etc/passwd'],
  ['slash', 'acme/globex'],
  ['percent-encoded letter left over', '%61cme'],
  ['broken percent', 'acme%'],
  ['single quote', "acme'"],
  ['double quote', 'acme"'],
  ['backtick', 'acme`'],
  ['dollar quote', '$$acme$$'],
  ['semicolon', 'acme;globex'],
  ['comma, as a joined repetition', 'acme, globex'],
  ['SQL', "acme' or '1'='1"],
  ['SQL statement', 'acme; drop schema tenant_globex cascade; --'],
  ['SQL comment', 'acme/**/'],
  ['underscore, which a schema name has', 'tenant_acme'],
  ['schema list', 'acme,public'],
  ['wildcard', '%'],
  ['asterisk', '*'],
  ['braces', '{acme}'],
  ['template', '#{secret}'],
  ['JSON array', '["acme"]'],
  ['JSON object', '{"$ne":null}'],
  ['prototype', '__proto__'],
  ['leading digit', '1acme'],
  ['leading hyphen', '-acme'],
  ['hyphen alone', '-'],
  ['number', '42'],
  ['49 characters', 'a'.repeat(49)],
  ['253 characters', 'a'.repeat(253)],
  ['254 characters', 'a'.repeat(254)],
  ['UUID in braces', '{0b6a3f1e-5f5e-4c1a-9d3e-2f7a8b9c0d1e}'],
  ['UUID with a line feed', '0b6a3f1e-5f5e-4c1a-9d3e-2f7a8b9c0d1e\n'],
  ['UUID with a letter too far', '0b6a3f1e-5f5e-4c1a-9d3e-2f7a8b9c0d1g'],
  ['UUID without hyphens', '0b6a3f1e5f5e4c1a9d3e2f7a8b9c0d1e'],
  ['URN of a UUID', 'urn:uuid:0b6a3f1e-5f5e-4c1a-9d3e-2f7a8b9c0d1e'],
];

describe.each(Object.keys(carriers))('a malformed identifier by %s', (carrier) => {
  const carry = carriers[carrier] as (text: string) => Promise<TenantReference | undefined>;

  it('is told from a well-formed one', async () => {
    await expect(carry('acme')).resolves.toEqual({ kind: 'slug', value: 'acme' });
  });

  it.each(malformed)('is refused: %s', async (_, text) => {
    await expect(carry(text)).rejects.toThrow(TenantIdInvalidError);
  });
});

describe.each(Object.keys(carriers).filter((carrier) => carrier !== 'JWT claim'))(
  'a megabyte by %s',
  (carrier) => {
    it.each([
      ['of letters', MEGABYTE],
      ['that begins well', `acme${' '.repeat(1_000_000)}`],
      ['of percent signs', '%'.repeat(1_000_000)],
      ['of dots', '.'.repeat(1_000_000)],
    ])('%s is refused', async (_, text) => {
      await expect(carriers[carrier]?.(text)).rejects.toThrow(TenantIdInvalidError);
    });
  },
);

describe('letter case', () => {
  it.each(['header', 'query', 'path', 'custom', 'JWT claim'])('counts in a slug by %s', async (carrier) => {
    await expect(carriers[carrier]?.('ACME')).rejects.toThrow(TenantIdInvalidError);
  });

  it('does not count in a host name', async () => {
    await expect(carriers['subdomain']?.('ACME')).resolves.toEqual({ kind: 'slug', value: 'acme' });
  });
});
