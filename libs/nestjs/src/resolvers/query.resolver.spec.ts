import { TenantIdInvalidError } from '@rowhouse/core';
import fc from 'fast-check';
import { QueryResolver } from './query.resolver.js';
import { toTenantRequest } from './request/to-tenant-request.js';

const seed = Number(process.env.FC_SEED ?? Date.now() % 2 ** 31);
const resolver = new QueryResolver();
const resolve = (query: string) => resolver.resolve(toTenantRequest(`/products?${query}`));

describe('QueryResolver', () => {
  it.each([
    'tenant=acme',
    'a=1&tenant=acme',
    'tenant=acme&a=1',
    '&&tenant=acme&',
    'tenant=%61cme',
    '%74enant=acme',
    'tenant=acme#x',
  ])('reads acme from ?%s', (query) => {
    expect(resolve(query)).toEqual({ kind: 'slug', value: 'acme' });
  });

  it('reads the parameter it is told to', () => {
    const named = new QueryResolver({ parameter: 'company_id' });
    expect(named.resolve(toTenantRequest('/?company_id=acme&tenant=globex'))).toEqual({
      kind: 'slug',
      value: 'acme',
    });
  });

  it.each([
    '',
    'a=1',
    'Tenant=acme',
    'tenants=acme',
    'xtenant=acme',
    'a=tenant=acme',
    'a=tenant',
    'a%26tenant=acme',
    '%zz=acme',
    '=',
  ])('says nothing about ?%s', (query) => {
    expect(resolve(query)).toBeUndefined();
  });

  it.each([
    ['a parameter sent twice', 'tenant=acme&tenant=globex'],
    ['the same sent twice', 'tenant=acme&tenant=acme'],
    ['the name encoded the second time', 'tenant=acme&%74%65nant=globex'],
    ['an empty value, then another', 'tenant=&tenant=acme'],
    ['an array', 'tenant[]=acme'],
    ['an array, encoded', 'tenant%5B%5D=acme'],
    ['an array with index', 'tenant[0]=acme'],
    ['an object', 'tenant[slug]=acme'],
    ['a prototype', 'tenant[__proto__]=acme'],
    ['an array beside a value', 'tenant=acme&tenant[]=globex'],
    ['an array whose index does not decode', 'tenant=acme&tenant[%zz]=globex'],
    ['a bracket left open', 'tenant[=acme'],
    ['a name in brackets', '[tenant]=acme'],
    ['a name in brackets beside a value', 'tenant=acme&%5Btenant%5D=globex'],
    ['a parameter that some parsers do not reach', `${'&'.repeat(1_000)}tenant=acme`],
    ['an empty value', 'tenant='],
    ['no value', 'tenant'],
    ['no value among others', 'a=1&tenant&b=2'],
    ['a plus, which is a space', 'tenant=acme+inc'],
    ['a second equals sign', 'tenant=acme=globex'],
    ['a semicolon', 'tenant=acme;tenant=globex'],
    ['an encoded ampersand', 'tenant=acme%26tenant=globex'],
    ['letters encoded twice', 'tenant=%2561cme'],
    ['an encoded NUL', 'tenant=acme%00'],
    ['a broken percent', 'tenant=acme%'],
    ['a megabyte', `tenant=${'%61'.repeat(333_333)}`],
  ])('refuses %s', (_, query) => {
    expect(() => resolve(query)).toThrow(TenantIdInvalidError);
  });

  it('takes a megabyte of separators for what it is', () => {
    expect(resolve('&'.repeat(1_000_000))).toBeUndefined();
    expect(resolve(`tenant=acme${'&'.repeat(1_000_000)}`)).toEqual({ kind: 'slug', value: 'acme' });
  });

  it(`agrees with URLSearchParams on every query it accepts (seed ${seed})`, () => {
    const name = fc.oneof(
      fc.constantFrom('tenant', 'Tenant', 'tenan', 'a', '', 'ténant'),
      fc.string({ unit: 'grapheme', maxLength: 4 }),
    );
    const value = fc.oneof(
      fc.constantFrom('acme', 'globex', '', 'a b', 'é'),
      fc.string({ unit: 'grapheme', maxLength: 6 }),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value), { maxLength: 5 }), (pairs) => {
        const parameters = new URLSearchParams(pairs);
        const expected = parameters.getAll('tenant');
        const valid = expected.length === 1 && /^[a-z][a-z0-9-]{0,47}$/.test(expected[0] ?? '');
        if (expected.length === 0) expect(resolve(parameters.toString())).toBeUndefined();
        else if (valid) expect(resolve(parameters.toString())).toEqual({ kind: 'slug', value: expected[0] });
        else expect(() => resolve(parameters.toString())).toThrow(TenantIdInvalidError);
      }),
      { seed, numRuns: 1_000 },
    );
  });

  it('refuses a wrong option by path', () => {
    expect(() => new QueryResolver({ parameter: 'tenant[]' })).toThrow(
      'QueryResolver: parameter: expected a parameter name',
    );
  });
});
