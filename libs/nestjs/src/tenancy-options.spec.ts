import { InMemoryTenantStore, OptionsInvalidError } from '@rowhouse/core';
import { parsePoolOptions } from '@rowhouse/core/internal';
import { HeaderResolver } from './resolvers/header.resolver.js';
import { parseTenancyOptions } from './tenancy-options.js';

const store = new InMemoryTenantStore();
const resolvers = [new HeaderResolver()];

describe('parseTenancyOptions', () => {
  it('fills in the defaults and freezes the whole', () => {
    const options = parseTenancyOptions({ store, resolvers });
    expect(options).toEqual({
      store,
      resolvers,
      pool: parsePoolOptions({}),
      rates: { store: 'memory', userOf: expect.any(Function) },
      quotas: { nearPercent: 80 },
      apiKeys: { environment: 'live', peppers: [] },
      directory: {},
      exclude: [],
      required: true,
      hideUnknown: false,
      actorOf: expect.any(Function),
      cancelOnDisconnect: false,
      messages: { keys: [], maxAgeMs: 60_000 },
      breakGlass: false,
      selfCheck: 'off',
      production: false,
    });
    expect(Object.isFrozen(options)).toBe(true);
    expect(options.store).toBe(store);
    expect(options.resolvers[0]).toBe(resolvers[0]);
  });

  it('takes production from NODE_ENV, unless it is said', () => {
    const before = process.env.NODE_ENV;
    process.env.NODE_ENV = 'production';
    try {
      expect(parseTenancyOptions({ store, resolvers }).production).toBe(true);
      expect(parseTenancyOptions({ store, resolvers, production: false }).production).toBe(false);
    } finally {
      process.env.NODE_ENV = before;
    }
  });

  it('leaves the options of TypeORM as they are', () => {
    class Product {}
    const typeorm = {
      type: 'postgres',
      url: 'postgres://localhost/app',
      entities: [Product],
      autoLoadEntities: true,
    };
    expect(parseTenancyOptions({ typeorm, resolvers }).typeorm).toEqual(typeorm);
  });

  it('takes an empty directUrl as unset', () => {
    expect(parseTenancyOptions({ resolvers, store, directUrl: '' }).directUrl).toBeUndefined();
  });

  it.each([
    [undefined, /^TenancyModule: options: /],
    [{ store }, /^TenancyModule: resolvers: /],
    [{ store, resolvers: [] }, /resolvers: expected at least one resolver/],
    [
      { store, resolvers: [HeaderResolver] },
      /resolvers\[0\]: expected a resolver, such as new HeaderResolver\(\)/,
    ],
    // One of nestjs-i18n: it reads a language.
    [{ store, resolvers: [{ resolve: () => 'en' }] }, /resolvers\[0\]: .* of @rowhouse\/nestjs/],
    [{ resolvers }, /store: expected a tenant store, since neither typeorm nor directUrl names a database/],
    [{ resolvers, store: {} }, /store: expected a tenant store/],
    [{ resolvers, typeorm: { type: 'mysql' } }, /typeorm\.type: expected 'postgres'/],
    [{ resolvers, directUrl: 'localhost' }, /directUrl: expected postgres:/],
    [{ resolvers, store, pool: { pin: 'transaction' } }, /pool\.pin: expected 'statement' or 'session'/],
    [{ resolvers, store, pool: { sharedSchema: ['public'] } }, /pool: .*sharedSchema/],
    [{ resolvers, store, exclude: ['health'] }, /exclude\[0\]: expected a path such as '\/health'/],
    [{ resolvers, store, required: 'yes' }, /required: /],
    [{ resolvers, store, accessPolicy: {} }, /accessPolicy: expected a class or an object with canEnter\(\)/],
    [{ resolvers, store, resolver: [] }, /options: .*resolver/],
    [{ resolvers: 'header', store, hideUnknown: 1 }, /resolvers: .*; hideUnknown: /],
  ])('names the path of what is wrong in %j', (options, message) => {
    expect(() => parseTenancyOptions(options)).toThrow(OptionsInvalidError);
    expect(() => parseTenancyOptions(options)).toThrow(message);
  });
});
