import { TenantIdInvalidError } from '@rowhouse/core';
import { type CustomResolution, CustomResolver } from './custom.resolver.js';
import { DefaultTenantResolver } from './default-tenant.resolver.js';
import { toTenantRequest } from './request/to-tenant-request.js';
import { type TenantReference } from './tenant-reference.js';

const request = toTenantRequest({ 'x-org': 'acme' });

describe('CustomResolver', () => {
  it('reads what its function returns, from the request it is given', () => {
    const resolver = new CustomResolver(({ header }) => header.call(request, 'X-Org') as string);
    expect(resolver.resolve(request)).toEqual({ kind: 'slug', value: 'acme' });
  });

  it.each<[string, CustomResolution, TenantReference | undefined]>([
    ['a slug', 'acme', { kind: 'slug', value: 'acme' }],
    [
      'a reference',
      { kind: 'domain', value: 'acme.test', optional: true },
      { kind: 'domain', value: 'acme.test', optional: true },
    ],
    ['undefined', undefined, undefined],
    ['null', null, undefined],
  ])(
    'answers at once to a function that does, and later to one that promises: %s',
    async (_, resolution, reference) => {
      expect(new CustomResolver(() => resolution).resolve(request)).toEqual(reference);
      const later = new CustomResolver(async () => resolution).resolve(request);
      expect(later).toBeInstanceOf(Promise);
      await expect(later).resolves.toEqual(reference);
    },
  );

  it.each<[string, unknown]>([
    ['an array', ['acme']],
    ['a number', 7],
    ['an empty text', ''],
    ['SQL in a reference', { kind: 'slug', value: "a'; --" }],
    ['an array in a reference', { kind: 'slug', value: ['acme'] }],
  ])('refuses %s', async (_, resolution) => {
    expect(() => new CustomResolver(() => resolution as string).resolve(request)).toThrow(
      TenantIdInvalidError,
    );
    await expect(new CustomResolver(async () => resolution as string).resolve(request)).rejects.toThrow(
      TenantIdInvalidError,
    );
  });

  it('calls an object that is no reference a programming error', () => {
    expect(() => new CustomResolver(() => ({ tenant: 'acme' }) as never).resolve(request)).toThrow(TypeError);
  });

  it('lets errors of the function through', async () => {
    const failure = new Error('directory is down');
    const fail = () => {
      throw failure;
    };
    expect(() => new CustomResolver(fail).resolve(request)).toThrow(failure);
    await expect(new CustomResolver(async () => fail()).resolve(request)).rejects.toBe(failure);
  });

  it('counts as client-supplied unless told otherwise, and has a name', () => {
    const resolve = () => 'acme';
    expect(new CustomResolver(resolve)).toMatchObject({ name: 'custom', clientSupplied: true });
    const session = new CustomResolver({ resolve, name: 'session', clientSupplied: false });
    expect(session).toMatchObject({ name: 'session', clientSupplied: false });
  });

  it('refuses a wrong option by path', () => {
    expect(() => new CustomResolver({ resolve: 'acme' as never })).toThrow(
      'CustomResolver: resolve: expected a function of the request',
    );
  });
});

describe('DefaultTenantResolver', () => {
  it('names its tenant for every request, as a fallback', () => {
    expect(new DefaultTenantResolver({ tenant: 'acme' }).resolve()).toEqual({
      kind: 'slug',
      value: 'acme',
      fallback: true,
    });
    const id = '0b6a3f1e-5f5e-4c1a-9d3e-2f7a8b9c0d1e';
    expect(new DefaultTenantResolver({ tenant: id }).resolve()).toEqual({
      kind: 'id',
      value: id,
      fallback: true,
    });
  });

  it('refuses a tenant that cannot exist, when it is made', () => {
    expect(() => new DefaultTenantResolver({ tenant: 'Acme Inc.' })).toThrow(
      'DefaultTenantResolver: tenant: expected a slug or a UUID',
    );
  });
});
