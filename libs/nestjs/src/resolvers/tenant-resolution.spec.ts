import { setImmediate } from 'node:timers/promises';
import { runInNewContext } from 'node:vm';
import {
  InMemoryTenantStore,
  parseTenant,
  type Tenant,
  TenantDirectory,
  TenantIdInvalidError,
  TenantMismatchError,
  TenantNotFoundError,
  TenantTokenInvalidError,
} from '@rowhouse/core';
import fc from 'fast-check';
import { ApiKeyResolver } from './api-key.resolver.js';
import { CustomResolver } from './custom.resolver.js';
import { DefaultTenantResolver } from './default-tenant.resolver.js';
import { DomainResolver } from './domain.resolver.js';
import { type PathPattern } from './excluded-paths.js';
import { HeaderResolver } from './header.resolver.js';
import { QueryResolver } from './query.resolver.js';
import { toTenantRequest } from './request/to-tenant-request.js';
import { SubdomainResolver } from './subdomain.resolver.js';
import { type TenantReference } from './tenant-reference.js';
import { type TenantLookup, TenantResolution, type TenantResolutionOptions } from './tenant-resolution.js';
import { type TenantResolver } from './tenant-resolver.js';

const seed = Number(process.env.FC_SEED ?? Date.now() % 2 ** 31);

function tenant(slug: string, id: string): Tenant {
  const now = new Date(0);
  return parseTenant({
    id,
    slug,
    name: slug,
    status: 'active',
    isolation: 'schema',
    placement: 'default',
    plan: 'free',
    metadata: {},
    createdAt: now,
    updatedAt: now,
  });
}

const acme = tenant('acme', '00000000-0000-4000-8000-000000000001');
const globex = tenant('globex', '00000000-0000-4000-8000-000000000002');
const names: Record<string, Tenant> = {
  'slug acme': acme,
  [`id ${acme.id}`]: acme,
  'domain shop.acme.test': acme,
  'apiKey key-of-acme': acme,
  'slug globex': globex,
  [`id ${globex.id}`]: globex,
  'domain shop.globex.test': globex,
};

/** A directory that has everything in memory, or nothing, and counts how often it is asked. */
class Directory implements TenantLookup {
  finds = 0;
  peeks = 0;
  constructor(readonly warm: boolean) {}

  peek(kind: string, value: string): Tenant | null | undefined {
    this.peeks += 1;
    return this.warm ? (names[`${kind} ${value}`] ?? null) : undefined;
  }

  async find({ kind, value }: TenantReference): Promise<Tenant | undefined> {
    this.finds += 1;
    await setImmediate();
    return names[`${kind} ${value}`];
  }
}

/** A resolver that always says the same. */
function says(
  reference: TenantReference | undefined,
  { name = 'test', clientSupplied = false, later = false } = {},
): TenantResolver {
  return { name, clientSupplied, resolve: () => (later ? Promise.resolve(reference) : reference) };
}

const slug = (value: string): TenantReference => ({ kind: 'slug', value });
const id = (value: string): TenantReference => ({ kind: 'id', value });
const domain = (value: string): TenantReference => ({ kind: 'domain', value, optional: true });

const anything = toTenantRequest('/');

describe.each([
  ['a warm directory', true],
  ['a cold directory', false],
])('TenantResolution with %s', (_, warm) => {
  const resolve = async (...resolvers: TenantResolver[]) =>
    new TenantResolution({ resolvers, directory: new Directory(warm) }).resolve(anything);

  it('answers nothing when no resolver says anything', async () => {
    await expect(resolve()).resolves.toBeUndefined();
    await expect(resolve(says(undefined), says(undefined, { later: true }))).resolves.toBeUndefined();
  });

  it('names the tenant of the only match, and who said it', async () => {
    const resolved = await resolve(
      says(undefined),
      says(slug('acme'), { name: 'header', clientSupplied: true }),
    );
    expect(resolved).toEqual({ tenant: acme, resolver: 'header', clientSupplied: true });
  });

  it('names the first match when all agree, in whatever words', async () => {
    const resolved = await resolve(
      says(slug('acme'), { name: 'first' }),
      says(id(acme.id), { name: 'second', later: true }),
      says(domain('shop.acme.test'), { name: 'third' }),
      says({ kind: 'apiKey', value: 'key-of-acme' }, { name: 'fourth' }),
    );
    expect(resolved).toMatchObject({ tenant: acme, resolver: 'first' });
  });

  it.each<[string, TenantReference, TenantReference]>([
    ['two slugs', slug('acme'), slug('globex')],
    ['a slug and the id of another', slug('acme'), id(globex.id)],
    ['a slug and the domain of another', slug('acme'), domain('shop.globex.test')],
    ['a domain and the slug of another', domain('shop.acme.test'), slug('globex')],
  ])('refuses %s, in either order', async (_words, one, other) => {
    const message = 'The one resolver and the other resolver name different tenants.';
    await expect(resolve(says(one, { name: 'one' }), says(other, { name: 'other' }))).rejects.toThrow(
      message,
    );
    await expect(resolve(says(other), says(one, { later: true }))).rejects.toThrow(TenantMismatchError);
  });

  it('refuses a third that contradicts two', async () => {
    await expect(resolve(says(slug('acme')), says(id(acme.id)), says(slug('globex')))).rejects.toThrow(
      TenantMismatchError,
    );
  });

  it('answers 404 for a tenant the store does not know', async () => {
    await expect(resolve(says(slug('nobody')))).rejects.toThrow(TenantNotFoundError);
    await expect(resolve(says(slug('nobody')), says(slug('nobody')))).rejects.toThrow(TenantNotFoundError);
  });

  it('answers alike whether the other tenant exists or not, so that nobody learns which do', async () => {
    for (const other of ['globex', 'nobody']) {
      await expect(resolve(says(slug('acme')), says(slug(other)))).rejects.toThrow(TenantMismatchError);
      await expect(resolve(says(slug(other)), says(slug('acme')))).rejects.toThrow(TenantMismatchError);
    }
  });

  it('takes an unknown optional reference for no match', async () => {
    await expect(resolve(says(domain('unknown.test')))).resolves.toBeUndefined();
    await expect(
      resolve(says(domain('unknown.test')), says(slug('acme'), { name: 'second' })),
    ).resolves.toMatchObject({
      tenant: acme,
      resolver: 'second',
    });
    await expect(resolve(says(slug('acme')), says(domain('unknown.test')))).resolves.toMatchObject({
      tenant: acme,
    });
  });

  describe('a fallback', () => {
    const fallback = new DefaultTenantResolver({ tenant: 'acme' });

    it('counts when nothing else matched', async () => {
      const expected = { tenant: acme, resolver: 'default', clientSupplied: false };
      await expect(resolve(fallback)).resolves.toEqual(expected);
      await expect(resolve(fallback, says(undefined, { later: true }))).resolves.toEqual(expected);
      await expect(resolve(says(domain('unknown.test')), fallback)).resolves.toEqual(expected);
    });

    it('gives way to any match, wherever it stands, and contradicts none', async () => {
      await expect(resolve(fallback, says(slug('globex')))).resolves.toMatchObject({ tenant: globex });
      await expect(resolve(says(slug('globex')), fallback)).resolves.toMatchObject({ tenant: globex });
    });

    it('does not stand in for a tenant that is unknown or malformed', async () => {
      await expect(resolve(says(slug('nobody')), fallback)).rejects.toThrow(TenantNotFoundError);
      await expect(resolve(says(slug('No Body')), fallback)).rejects.toThrow(TenantIdInvalidError);
    });

    it('answers 404 when it is itself unknown', async () => {
      await expect(resolve(new DefaultTenantResolver({ tenant: 'nobody' }))).rejects.toThrow(
        TenantNotFoundError,
      );
    });
  });

  describe('clientSupplied', () => {
    const typed = { clientSupplied: true };
    const verified = { clientSupplied: false };

    it('is true when only client-supplied values name the tenant', async () => {
      await expect(resolve(says(slug('acme'), typed), says(id(acme.id), typed))).resolves.toMatchObject(
        typed,
      );
    });

    it('is false as soon as one resolver vouches for it, in any position', async () => {
      await expect(resolve(says(slug('acme'), typed), says(id(acme.id), verified))).resolves.toMatchObject(
        verified,
      );
      await expect(resolve(says(slug('acme'), verified), says(id(acme.id), typed))).resolves.toMatchObject(
        verified,
      );
    });

    it('is not made false by one that said nothing, or nothing known', async () => {
      const rest = [
        says(undefined, verified),
        says(domain('unknown.test'), verified),
        new DefaultTenantResolver({ tenant: 'acme' }),
      ];
      await expect(resolve(says(slug('acme'), typed), ...rest)).resolves.toMatchObject(typed);
    });
  });

  it('asks every resolver, and lets any of them refuse', async () => {
    const refusing = (error: Error, later: boolean): TenantResolver => ({
      name: 'refusing',
      clientSupplied: false,
      resolve: () => {
        if (later) return Promise.reject(error);
        throw error;
      },
    });
    for (const later of [false, true]) {
      const failure = refusing(new TenantTokenInvalidError(), later);
      await expect(resolve(says(slug('acme')), failure)).rejects.toThrow(TenantTokenInvalidError);
      await expect(resolve(failure, says(slug('acme')))).rejects.toThrow(TenantTokenInvalidError);
    }
  });

  it('looks up nothing that a resolver of another maker left malformed', async () => {
    const directory = new Directory(warm);
    for (const later of [false, true]) {
      const resolution = new TenantResolution({ resolvers: [says(slug("x'; --"), { later })], directory });
      await expect((async () => resolution.resolve(anything))()).rejects.toThrow(TenantIdInvalidError);
    }
    expect(directory).toMatchObject({ peeks: 0, finds: 0 });
  });

  it(`follows its rules for any combination of answers (seed ${seed})`, async () => {
    const references = [
      undefined,
      slug('acme'),
      slug('globex'),
      slug('nobody'),
      id(acme.id),
      id(globex.id),
      domain('shop.acme.test'),
      domain('unknown.test'),
      { ...slug('globex'), fallback: true },
    ];
    const answer = fc.record({ reference: fc.constantFrom(...references), later: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(answer, { maxLength: 5 }), async (answers) => {
        const outcome = await resolve(
          ...answers.map(({ reference, later }, i) => says(reference, { name: `${i}`, later })),
        ).then(
          (resolved) => resolved && `${resolved.resolver} ${resolved.tenant.slug}`,
          (error: Error) => error.name,
        );
        expect(outcome).toBe(expectedOutcome(answers.map(({ reference }) => reference)));
      }),
      { seed, numRuns: 300 },
    );
  });
});

/** The rules once more, said the slow way. */
function expectedOutcome(references: (TenantReference | undefined)[]): string | undefined {
  const known = (reference: TenantReference) => names[`${reference.kind} ${reference.value}`]?.slug;
  const said = references.flatMap((reference, i) =>
    reference ? [{ i, reference, tenant: known(reference) }] : [],
  );
  const matches = said.filter(
    ({ reference, tenant: found }) => !reference.fallback && (found || !reference.optional),
  );
  if (new Set(matches.map(({ tenant: found }) => found)).size > 1) return 'TenantMismatchError';
  const first = matches[0] ?? said.find(({ reference }) => reference.fallback);
  if (!first) return undefined;
  return first.tenant ? `${first.i} ${first.tenant}` : 'TenantNotFoundError';
}

describe('the fast path', () => {
  it('needs no promise when resolvers are synchronous and the directory is warm', () => {
    const directory = new Directory(true);
    const resolution = new TenantResolution({
      resolvers: [
        new HeaderResolver(),
        new SubdomainResolver({ baseDomains: ['example.com'] }),
        new QueryResolver(),
        new DomainResolver(),
        new DefaultTenantResolver({ tenant: 'globex' }),
      ],
      directory,
    });
    const request = toTenantRequest({ 'X-Tenant-ID': acme.id, host: 'acme.example.com' });
    expect(resolution.resolve(request)).toEqual({ tenant: acme, resolver: 'header', clientSupplied: false });
    expect(directory.finds).toBe(0);
  });

  it('throws at once there, too', () => {
    const resolution = new TenantResolution({
      resolvers: [new HeaderResolver()],
      directory: new Directory(true),
    });
    expect(() => resolution.resolve(toTenantRequest({ 'X-Tenant-ID': 'nobody' }))).toThrow(
      TenantNotFoundError,
    );
    expect(() => resolution.resolve(toTenantRequest({ 'X-Tenant-ID': '../' }))).toThrow(TenantIdInvalidError);
  });

  it('asks the directory to find only what it has not in memory', async () => {
    const directory = new Directory(false);
    const resolution = new TenantResolution({
      resolvers: [new HeaderResolver(), new QueryResolver()],
      directory,
    });
    await resolution.resolve(toTenantRequest({ 'X-Tenant-ID': 'acme' }));
    expect(directory).toMatchObject({ peeks: 1, finds: 1 });
  });

  it('recognises promises of other realms', async () => {
    const ForeignPromise: PromiseConstructor = runInNewContext('Promise');
    const foreign: TenantResolver = {
      name: 'foreign',
      clientSupplied: false,
      resolve: () => ForeignPromise.resolve(slug('acme')),
    };
    expect(foreign.resolve(anything)).not.toBeInstanceOf(Promise);
    const resolution = new TenantResolution({ resolvers: [foreign], directory: new Directory(true) });
    await expect(resolution.resolve(anything)).resolves.toMatchObject({ tenant: acme });
  });
});

describe('with the tenant directory of @rowhouse/core', () => {
  it('resolves every kind of reference, the second time without a promise', async () => {
    const store = new InMemoryTenantStore([{ id: acme.id, slug: 'acme' }]);
    await store.addDomain(acme.id, 'shop.acme.test');
    const key = await store.addApiKey(acme.id, 'test');
    const directory = new TenantDirectory(store);
    const resolution = new TenantResolution({
      resolvers: [new ApiKeyResolver(), new HeaderResolver(), new DomainResolver()],
      directory,
    });
    try {
      for (const headers of [
        { 'x-api-key': key },
        { 'x-tenant-id': 'acme' },
        { 'x-tenant-id': acme.id },
        { host: 'shop.acme.test' },
      ]) {
        const request = toTenantRequest(headers);
        await expect((async () => resolution.resolve(request))()).resolves.toMatchObject({
          tenant: { slug: 'acme' },
        });
        expect(resolution.resolve(request)).toMatchObject({ tenant: { slug: 'acme' } });
      }
      await expect(resolution.resolve(toTenantRequest({ host: 'unknown.test' }))).resolves.toBeUndefined();
      await expect(resolution.resolve(toTenantRequest({ 'x-api-key': `${key}x` }))).rejects.toThrow(
        TenantNotFoundError,
      );
    } finally {
      await directory.close();
    }
  });
});

describe('excluded paths', () => {
  it('are resolved to nothing, without asking resolvers or directory', () => {
    let asked = 0;
    const count = new CustomResolver(() => {
      asked += 1;
      return 'acme';
    });
    const directory = new Directory(true);
    const resolution = new TenantResolution({
      resolvers: [count],
      directory,
      exclude: ['/health', '/docs/**', /^\/x/],
    });
    for (const url of ['/health', '/health?x=1', '/docs/index.html', '/xyz']) {
      expect(resolution.resolve(toTenantRequest(url))).toBeUndefined();
    }
    expect({ asked, peeks: directory.peeks }).toEqual({ asked: 0, peeks: 0 });
    expect(resolution.excludes('/health')).toBe(true);
    expect(resolution.excludes('/products')).toBe(false);
    expect(resolution.resolve(toTenantRequest('/products?x=/health'))).toMatchObject({ tenant: acme });
  });
});

describe('options', () => {
  const directory = new Directory(true);
  it.each<[string, object, string]>([
    ['no resolvers', { directory }, 'TenantResolution: resolvers: '],
    [
      'a resolver that is none',
      { resolvers: [says(undefined), {}], directory },
      'TenantResolution: resolvers[1]: expected a resolver',
    ],
    ['no directory', { resolvers: [] }, 'TenantResolution: directory: expected a tenant directory'],
    [
      'a directory without peek',
      { resolvers: [], directory: { find() {} } },
      'TenantResolution: directory: expected a tenant directory',
    ],
    [
      'a path without slash',
      { resolvers: [], directory, exclude: ['/a', 'health'] as PathPattern[] },
      'TenantResolution: exclude[1]: expected a path',
    ],
    [
      'an unknown option',
      { resolvers: [], directory, excludes: [] },
      'TenantResolution: options: Unrecognized key: "excludes"',
    ],
  ])('are refused by path: %s', (_, options, message) => {
    expect(() => new TenantResolution(options as TenantResolutionOptions)).toThrow(message);
  });
});
