import { TenantIdInvalidError } from '@rowhouse/core';
import fc from 'fast-check';
import { PathResolver, type PathResolverOptions } from './path.resolver.js';
import { toTenantRequest } from './request/to-tenant-request.js';

const seed = Number(process.env.FC_SEED ?? Date.now() % 2 ** 31);

describe('PathResolver', () => {
  it.each<[string, string, string, string]>([
    ['/t/:tenant', '/t/acme/products', 'acme', '/products'],
    ['/t/:tenant', '/t/acme/products?page=2&q=a%2Fb', 'acme', '/products?page=2&q=a%2Fb'],
    ['/t/:tenant', '/t/acme', 'acme', '/'],
    ['/t/:tenant', '/t/acme/', 'acme', '/'],
    ['/t/:tenant', '/t/acme?page=2', 'acme', '/?page=2'],
    ['/t/:tenant', '/t/acme/?page=2', 'acme', '/?page=2'],
    ['/t/:tenant', '/t/acme#top', 'acme', '/#top'],
    ['/t/:tenant', '/t/acme/a%2Fb', 'acme', '/a%2Fb'],
    ['/t/:tenant', '/t/acme/t/globex', 'acme', '/t/globex'],
    ['/t/:tenant', '/t/acme/products?next=/t/globex', 'acme', '/products?next=/t/globex'],
    ['/t/:tenant', '/t/%61cme/x', 'acme', '/x'],
    ['/t/:tenant', '/%74/acme/x', 'acme', '/x'],
    ['/:tenant', '/acme', 'acme', '/'],
    ['/:tenant', '/acme/products', 'acme', '/products'],
    ['/api/:tenant', '/api/acme/products', 'acme', '/products'],
    ['/api/v1/:tenant', '/api/v1/acme/products', 'acme', '/products'],
  ])('%s cuts %s at %s, leaving %s', (pattern, url, tenant, rest) => {
    expect(new PathResolver({ pattern }).split(url)).toEqual({ tenant, rest });
  });

  it.each<[string, string]>([
    ['/t/acme//evil.com/x', '/evil.com/x'],
    ['/t/acme////', '/'],
    ['//t//acme/x', '/x'],
    ['/t/acme/a//b', '/a//b'],
  ])('is not confused by the slashes of %s', (url, rest) => {
    expect(new PathResolver().split(url)).toEqual({ tenant: 'acme', rest });
  });

  it.each<[string, string]>([
    ['/t/:tenant', '/'],
    ['/t/:tenant', '/t'],
    ['/t/:tenant', '/t/'],
    ['/t/:tenant', '/t//'],
    ['/t/:tenant', '/t?x=/acme'],
    ['/t/:tenant', '/?x=/t/acme'],
    ['/t/:tenant', '/tt/acme'],
    ['/t/:tenant', '/T/acme'],
    ['/t/:tenant', '/tacme'],
    ['/t/:tenant', '/x/t/acme'],
    ['/t/:tenant', '/%2Ft/acme'],
    ['/t/:tenant', '/%/acme'],
    ['/t/:tenant', 't/acme'],
    ['/t/:tenant', '*'],
    ['/t/:tenant', ''],
    ['/:tenant', '/'],
    ['/:tenant', '///'],
    ['/:tenant', '/?tenant=acme'],
  ])('%s does not match %s', (pattern, url) => {
    expect(new PathResolver({ pattern }).split(url)).toBeUndefined();
    expect(new PathResolver({ pattern }).resolve(toTenantRequest(url))).toBeUndefined();
  });

  it.each([
    ['a parent directory', '/t/../acme'],
    ['a parent directory, encoded', '/t/%2e%2e/acme'],
    ['a parent directory after an encoded slash', '/t/..%2facme'],
    ['the current directory', '/t/./acme'],
    ['an encoded slash', '/t/acme%2Fglobex'],
    ['letters encoded twice', '/t/%2561cme'],
    ['an encoded NUL', '/t/acme%00'],
    ['an encoded line feed', '/t/acme%0A'],
    ['an encoded query mark', '/t/acme%3Fx'],
    ['a matrix parameter', '/t/acme;x=1'],
    ['a percent at the end', '/t/acme%'],
    ['half a percent', '/t/%6'],
    ['no hexadecimal', '/t/%zz'],
    ['over-long UTF-8', '/t/%c1%a1cme'],
    ['half a character', '/t/%e2%82'],
    ['an encoded surrogate', '/t/%ed%a0%80'],
    ['a Cyrillic a, encoded', '/t/%d0%b0cme'],
    ['760 characters', `/t/${'a'.repeat(760)}`],
    ['a megabyte', `/t/${'%61'.repeat(333_333)}`],
  ])('refuses %s', (_, url) => {
    expect(() => new PathResolver().resolve(toTenantRequest(url))).toThrow(TenantIdInvalidError);
  });

  it('refuses an over-long segment already where it is cut', () => {
    expect(() => new PathResolver().split(`/t/${'a'.repeat(760)}/x`)).toThrow(TenantIdInvalidError);
    expect(new PathResolver().split(`/t/${'a'.repeat(759)}/x`)?.rest).toBe('/x');
  });

  it('keeps literal segments when told to', () => {
    const resolver = new PathResolver({ pattern: '/api/v1/:tenant', keepLiterals: true });
    expect(resolver.split('/api/v1/acme/products?x=1')?.rest).toBe('/api/v1/products?x=1');
    expect(resolver.split('/api/v1/acme?x=1')?.rest).toBe('/api/v1?x=1');
    expect(resolver.split('/api/v1/acme')?.rest).toBe('/api/v1');
    expect(resolver.split('/api/v1/acme//x')?.rest).toBe('/api/v1/x');
  });

  it('asks for stripping unless told not to', () => {
    expect(new PathResolver().strip).toBe(true);
    expect(new PathResolver({ strip: false }).strip).toBe(false);
  });

  it(`leaves for the router what a plain concatenation put there (seed ${seed})`, () => {
    const slug = fc.stringMatching(/^[a-z][a-z0-9-]{0,47}$/);
    const rest = fc.webPath().filter((path) => !path.startsWith('//'));
    const query = fc.webQueryParameters();
    fc.assert(
      fc.property(slug, rest, query, (tenant, path, parameters) => {
        const tail = `${path || '/'}?${parameters}`;
        expect(new PathResolver().split(`/t/${tenant}${tail}`)).toEqual({ tenant, rest: tail });
      }),
      { seed, numRuns: 500 },
    );
  });

  it(`never leaves two slashes at the beginning, whatever comes (seed ${seed})`, () => {
    const soup = fc.string({
      unit: fc.constantFrom('/', 't', 'a', '.', '%', '2', 'f', '?', '#', '\\'),
      maxLength: 30,
    });
    fc.assert(
      fc.property(soup, (tail) => {
        let rest: string | undefined;
        try {
          rest = new PathResolver().split(`/t/${tail}`)?.rest;
        } catch (error) {
          expect(error).toBeInstanceOf(TenantIdInvalidError);
          return;
        }
        if (rest !== undefined) expect(rest).toMatch(/^\/(?!\/)/);
      }),
      { seed, numRuns: 1_000 },
    );
  });

  it.each<[PathResolverOptions | object, string]>([
    [{ pattern: '/t' }, 'PathResolver: pattern: expected literal segments with :tenant as the last'],
    [{ pattern: 't/:tenant' }, 'PathResolver: pattern: '],
    [{ pattern: '/:tenant/x' }, 'PathResolver: pattern: '],
    [{ pattern: '/:org' }, 'PathResolver: pattern: '],
    [{ pattern: '//:tenant' }, 'PathResolver: pattern: '],
    [{ strip: 'yes' }, 'PathResolver: strip: '],
  ])('refuses options %j', (options, message) => {
    expect(() => new PathResolver(options)).toThrow(message);
  });
});
