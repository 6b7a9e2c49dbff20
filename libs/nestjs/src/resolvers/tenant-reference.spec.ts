import { TenantIdInvalidError } from '@rowhouse/core';
import fc from 'fast-check';
import { checkTenantReference, parseTenantReference, type TenantReference } from './tenant-reference.js';

const seed = Number(process.env.FC_SEED ?? Date.now() % 2 ** 31);
const ID = '0b6a3f1e-5f5e-4c1a-9d3e-2f7a8b9c0d1e';

describe('parseTenantReference', () => {
  it.each(['a', 'acme', 'acme-2', 'a--b', 'xn--80ak6aa92e', 'a'.repeat(48)])('reads the slug %s', (slug) => {
    expect(parseTenantReference(slug)).toEqual({ kind: 'slug', value: slug });
  });

  it('reads a UUID, in any letter case, as the lower-case id', () => {
    expect(parseTenantReference(ID)).toEqual({ kind: 'id', value: ID });
    expect(parseTenantReference(ID.toUpperCase())).toEqual({ kind: 'id', value: ID });
  });

  it('takes a text that is both a UUID and a slug as an id', () => {
    const both = 'abcdef12-5f5e-4c1a-9d3e-2f7a8b9c0d1e';
    expect(parseTenantReference(both)).toEqual({ kind: 'id', value: both });
  });

  it.each<[string, unknown]>([
    ['an array of one', ['acme']],
    ['an array of two', ['acme', 'globex']],
    ['an object', { toString: () => 'acme' }],
    ['a String object', Object('acme')],
    ['a number', 42],
    ['null', null],
    ['undefined', undefined],
    ['true', true],
  ])('refuses %s', (_, value) => {
    expect(() => parseTenantReference(value)).toThrow(TenantIdInvalidError);
  });

  it('admits ASCII letters, digits and hyphens and not one other UTF-16 code unit', () => {
    const admitted: string[] = [];
    for (let unit = 0; unit <= 0xffff; unit += 1) {
      const character = String.fromCharCode(unit);
      try {
        parseTenantReference(`a${character}z`);
        admitted.push(character);
      } catch (error) {
        if (!(error instanceof TenantIdInvalidError)) throw error;
      }
    }
    expect(admitted.join('')).toBe('-0123456789abcdefghijklmnopqrstuvwxyz');
  });

  it(`answers any text with a slug, an id or TENANT_ID_INVALID (seed ${seed})`, () => {
    const nearly = fc.stringMatching(/^[A-Za-z0-9_ -]{0,60}$/);
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), nearly, fc.uuid(), fc.anything()),
        (raw) => {
          let reference: TenantReference;
          try {
            reference = parseTenantReference(raw);
          } catch (error) {
            expect(error).toBeInstanceOf(TenantIdInvalidError);
            return;
          }
          expect(reference.value).toMatch(
            reference.kind === 'slug'
              ? /^[a-z][a-z0-9-]{0,47}$/
              : /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
          );
          expect(reference.value.toLowerCase()).toBe(String(raw).toLowerCase());
        },
      ),
      { seed, numRuns: 1_000 },
    );
  });
});

describe('checkTenantReference', () => {
  it.each<TenantReference>([
    { kind: 'slug', value: 'acme' },
    { kind: 'id', value: ID },
    { kind: 'domain', value: 'shop.acme.example' },
    { kind: 'apiKey', value: 'rh_0123456789' },
  ])('passes $kind $value on', (reference) => {
    expect(checkTenantReference(reference)).toBe(reference);
  });

  it.each<TenantReference>([
    { kind: 'slug', value: "acme'; drop schema tenant_acme cascade; --" },
    { kind: 'slug', value: ID.toUpperCase() },
    { kind: 'id', value: 'acme' },
    { kind: 'id', value: ID.toUpperCase() },
    { kind: 'domain', value: 'Shop.Example' },
    { kind: 'domain', value: 'shop.example:80' },
    { kind: 'domain', value: '' },
    { kind: 'apiKey', value: 'short' },
    { kind: 'apiKey', value: `${'k'.repeat(20)}\n` },
    { kind: 'apiKey', value: 'k'.repeat(257) },
  ])('refuses $kind $value', (reference) => {
    expect(() => checkTenantReference(reference)).toThrow(TenantIdInvalidError);
  });

  it.each(['__proto__', 'toString', 'schema', undefined])('calls kind %s a programming error', (kind) => {
    const reference = { kind, value: 'acme' } as unknown as TenantReference;
    expect(() => checkTenantReference(reference)).toThrow(TypeError);
  });
});
