import { InMemoryTenantStore, parseTenantSlug, type Tenant, TenantContext } from '@rowhouse/core';
import DataLoader from 'dataloader';
import PQueue from 'p-queue';
import { expectContextKept } from './expect-context-kept.js';
import { expectKeysOfTenant } from './expect-keys-of-tenant.js';

const store = new InMemoryTenantStore([{ slug: 'acme' }, { slug: 'globex' }]);
let acme: Tenant;
let globex: Tenant;

beforeAll(async () => {
  acme = (await store.findBySlug(parseTenantSlug('acme'))) as Tenant;
  globex = (await store.findBySlug(parseTenantSlug('globex'))) as Tenant;
});

/** Stands for a service's method: it works for whoever is in force. */
const whose = async () => TenantContext.get()?.slug ?? 'nobody';

/** Both tenants ask for the same, in one turn. */
const together = <T>(ask: () => Promise<T>): Promise<[T, T]> =>
  Promise.all([TenantContext.run(acme, ask), TenantContext.run(globex, ask)]);

describe('A queue that all tenants share', () => {
  /** One at a time, so that the second waits and is started by the first. */
  const queueOf = () => new PQueue({ concurrency: 1 });

  it('runs the work of one tenant in the context of another', async () => {
    const queue = queueOf();
    expect(await together(() => queue.add(whose))).toEqual(['acme', 'acme']);
  });

  it('keeps work that is bound when it is queued', async () => {
    const queue = queueOf();
    expect(await together(() => queue.add(TenantContext.bind(whose)))).toEqual(['acme', 'globex']);
  });

  it('is found by expectContextKept, which says the remedy', async () => {
    const queue = queueOf();
    expectContextKept(queue, 'add');
    const work = together(() => queue.add(async () => `${await whose()}`));
    await expect(work).rejects.toThrow(
      'PQueue.add() was given work for tenant globex and ran it in the context of tenant acme. ' +
        'Give it TenantContext.bind(fn)',
    );
  });

  it('is found where work was queued by nobody, and where its context is lost', async () => {
    const queue = queueOf();
    expectContextKept(queue, 'add');
    const first = TenantContext.run(acme, () => queue.add(whose));
    await expect(Promise.all([first, queue.add(whose)])).rejects.toThrow(
      'for nobody and ran it in the context of tenant acme',
    );

    const nobodys = queueOf();
    expectContextKept(nobodys, 'add');
    const second = [nobodys.add(whose), TenantContext.run(acme, () => nobodys.add(whose))];
    await expect(Promise.all(second)).rejects.toThrow('for tenant acme and ran it in the context of nobody');
  });

  it('is left alone where the work is bound, captured, or waits for nothing', async () => {
    const queue = queueOf();
    expectContextKept(queue, 'add');
    expect(await together(() => queue.add(TenantContext.bind(whose)))).toEqual(['acme', 'globex']);
    const captured = () => {
      const asNow = TenantContext.capture();
      return queue.add(() => asNow(whose));
    };
    expect(await together(captured)).toEqual(['acme', 'globex']);
    expect(await TenantContext.run(acme, () => queue.add(whose))).toBe('acme');
    expect(await TenantContext.runAsSystem('a test', () => queue.add(whose))).toBe('nobody');
  });

  it('is as before once the check has ended', async () => {
    const queue = queueOf();
    const end = expectContextKept(queue, 'add');
    end();
    expect(Object.hasOwn(queue, 'add')).toBe(false);
    expect(await together(() => queue.add(whose))).toEqual(['acme', 'acme']);
  });

  it('is not checked by a method that it does not have', () => {
    expect(() => expectContextKept(queueOf(), 'push' as 'add')).toThrow('PQueue has no method push()');
  });
});

describe('A loader that all tenants share', () => {
  const load = async (ids: readonly number[]) => {
    const slug = await whose();
    return ids.map((id) => `${slug} ${id}`);
  };

  it('loads and keeps the keys of one tenant for another', async () => {
    const loader = new DataLoader(load);
    expect(await together(() => loader.load(1))).toEqual(['acme 1', 'acme 1']);
    const later = new DataLoader(load);
    await TenantContext.run(acme, () => later.load(1));
    expect(await TenantContext.run(globex, () => later.load(1))).toBe('acme 1');
  });

  it('is no trouble as one loader a tenant', async () => {
    const loaders = new Map<string, DataLoader<number, string>>();
    const loader = () => {
      const { id } = TenantContext.require();
      const known = loaders.get(id) ?? new DataLoader(load);
      loaders.set(id, known);
      return known;
    };
    expect(await together(() => loader().load(1))).toEqual(['acme 1', 'globex 1']);
  });

  interface Key {
    readonly tenant: Tenant;
    readonly id: number;
  }

  /** A batch holds keys of several tenants: each is loaded as its own. */
  const byTenant = new DataLoader<Key, string, string>(
    async (keys) => {
      const loaded = new Map<Key, string | undefined>();
      for (const tenant of new Map(keys.map((key) => [key.tenant.id, key.tenant])).values()) {
        const own = keys.filter((key) => key.tenant.id === tenant.id);
        const values = await TenantContext.run(tenant, () => load(own.map(({ id }) => id)));
        for (const [at, key] of own.entries()) loaded.set(key, values[at]);
      }
      return keys.map((key) => loaded.get(key) ?? new Error('not found'));
    },
    { cacheKeyFn: ({ tenant, id }) => `${tenant.id} ${id}` },
  );
  const keyOf = (id: number): Key => ({ tenant: TenantContext.require(), id });

  it('keeps tenants apart with the tenant in its keys, and loads each group as its own', async () => {
    const end = expectKeysOfTenant(byTenant, 'load');
    expect(await together(() => byTenant.load(keyOf(1)))).toEqual(['acme 1', 'globex 1']);
    expect(await TenantContext.run(globex, () => byTenant.load(keyOf(1)))).toBe('globex 1');
    end();
  });

  it('is found by expectKeysOfTenant as soon as a second tenant comes', async () => {
    const loader = new DataLoader(load);
    expectKeysOfTenant(loader, 'load', 'loadMany');
    await TenantContext.run(acme, () => loader.load(1));
    await TenantContext.run(acme, () => loader.loadMany([2, 3]));
    expect(() => TenantContext.run(globex, () => loader.load(4))).toThrow(
      'DataLoader.load() was called for tenant acme and for tenant globex with keys that do not name the tenant. ' +
        'Make one for each tenant',
    );
    expect(() => TenantContext.run(globex, () => loader.loadMany([4]))).toThrow('DataLoader.loadMany()');
  });

  it('is checked with keys of any kind', () => {
    const loader = new DataLoader<unknown, unknown>(async (keys) => keys);
    expectKeysOfTenant(loader, 'load');
    const itself: { self?: unknown } = {};
    itself.self = itself;
    for (const key of [1n, Symbol('key'), itself, null])
      void TenantContext.run(acme, () => loader.load(key ?? 0));
    expect(() => TenantContext.run(globex, () => loader.load(1n))).toThrow('DataLoader.load()');
  });
});
