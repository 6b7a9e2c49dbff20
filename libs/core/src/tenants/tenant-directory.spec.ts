import { createTestDatabase } from '@rowhouse/testing';
import pg from 'pg';
import { until } from '../../../../test/support/until.js';
import { migrateCatalog } from '../catalog/migrate-catalog.js';
import { TenantIdInvalidError, TenantStoreUnavailableError } from '../errors.js';
import type { Tenant } from '../tenant.js';
import { InMemoryTenantStore } from './in-memory-tenant-store.js';
import { PostgresTenantStore } from './postgres-tenant-store.js';
import { TenantChangeListener } from './tenant-change-listener.js';
import { TenantDirectory, type TenantDirectoryOptions } from './tenant-directory.js';
import type { TenantListOptions, TenantPage, TenantStore } from './tenant-store.js';

/** A store that counts what it is asked, can be told to fail, and can be held up before it answers. */
class WatchedStore implements TenantStore {
  readonly asked: string[] = [];
  failure: Error | undefined;
  gate: Promise<void> | undefined;

  constructor(readonly inner: InMemoryTenantStore) {}

  findById(id: string) {
    return this.#answer(`id ${id}`, () => this.inner.findById(id));
  }
  findBySlug(slug: Tenant['slug']) {
    return this.#answer(`slug ${slug}`, () => this.inner.findBySlug(slug));
  }
  findByDomain(domain: string) {
    return this.#answer(`domain ${domain}`, () => this.inner.findByDomain(domain));
  }
  findByApiKey(apiKey: string) {
    return this.#answer('apiKey', () => this.inner.findByApiKey(apiKey));
  }
  list(options?: TenantListOptions): Promise<TenantPage> {
    return this.inner.list(options);
  }

  /** Holds answers back, as read at the time of the question, until the returned function is called. */
  hold(): () => void {
    const { promise, resolve } = deferred();
    this.gate = promise;
    return resolve;
  }

  async #answer(question: string, read: () => Promise<Tenant | undefined>): Promise<Tenant | undefined> {
    this.asked.push(question);
    const { failure, gate } = this;
    const answer = await read();
    await gate;
    if (failure) throw failure;
    // A real store makes a new object for every answer.
    return answer && Object.freeze({ ...answer });
  }
}

function deferred(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

describe('TenantDirectory', () => {
  let memory: InMemoryTenantStore;
  let store: WatchedStore;
  let acme: Tenant;
  let apiKey: string;
  let time: number;

  beforeEach(async () => {
    memory = new InMemoryTenantStore([{ slug: 'globex' }]);
    acme = await memory.create({ slug: 'acme' });
    await memory.addDomain(acme.id, 'acme.test');
    apiKey = await memory.addApiKey(acme.id, 'ci');
    store = new WatchedStore(memory);
    time = 0;
  });

  async function open(options: TenantDirectoryOptions = {}): Promise<TenantDirectory> {
    const directory = new TenantDirectory(store, { now: () => time, feed: memory, ...options });
    await directory.start();
    return directory;
  }

  const ways = [
    ['id', (directory: TenantDirectory) => directory.byId(acme.id), () => acme.id],
    ['slug', (directory: TenantDirectory) => directory.bySlug('acme'), () => 'acme'],
    ['domain', (directory: TenantDirectory) => directory.byDomain('acme.test'), () => 'acme.test'],
    ['apiKey', (directory: TenantDirectory) => directory.byApiKey(apiKey), () => apiKey],
  ] as const;

  describe.each(ways)('by %s', (kind, find, identifier) => {
    it('asks the store once in its time, and again after it', async () => {
      const directory = await open({ ttlMs: 1_000 });
      expect(await find(directory)).toEqual(acme);
      time = 999;
      expect(await find(directory)).toEqual(acme);
      expect(await directory.find({ kind, value: identifier() })).toEqual(acme);
      expect(directory.peek(kind, identifier())).toEqual(acme);
      expect(store.asked).toHaveLength(1);

      time = 1_000;
      expect(directory.peek(kind, identifier())).toBeUndefined();
      expect(await find(directory)).toEqual(acme);
      expect(store.asked).toHaveLength(2);
      expect(directory.stats()).toMatchObject({ hits: 3, misses: 2, size: 1 });
    });

    it('asks the store once for a hundred look-ups at the same time', async () => {
      const directory = await open();
      const release = store.hold();
      const answers = Array.from({ length: 100 }, () => find(directory));
      expect(directory.stats().inFlight).toBe(1);
      release();
      for (const answer of await Promise.all(answers)) expect(answer).toEqual(acme);
      expect(store.asked).toHaveLength(1);
      expect(directory.stats()).toMatchObject({ misses: 100, inFlight: 0 });
    });

    it('sees a change at once', async () => {
      const directory = await open();
      await find(directory);
      await memory.setStatus(acme.id, 'suspended');
      expect(directory.peek(kind, identifier())).toBeUndefined();
      expect(await find(directory)).toMatchObject({ status: 'suspended' });
    });

    it('does not keep an answer that was overtaken by a change, nor lets later look-ups join it', async () => {
      const directory = await open();
      const release = store.hold();
      const early = find(directory);
      await until(() => store.asked.length === 1);
      await memory.setStatus(acme.id, 'suspended');
      store.gate = undefined;
      const late = await find(directory);
      release();
      expect(await early).toMatchObject({ status: 'active' });
      expect(late).toMatchObject({ status: 'suspended' });
      expect(directory.peek(kind, identifier())).toBe(late);
      expect(store.asked).toHaveLength(2);
    });

    it.each([
      ['the tenant itself', () => acme.id],
      ['everything', () => undefined],
    ])('keeps nothing of an answer under way when %s is dropped', async (_what, idOf) => {
      const directory = await open();
      const release = store.hold();
      const early = find(directory);
      await until(() => store.asked.length === 1);
      directory.invalidate(idOf());
      release();
      await early;
      expect(directory.peek(kind, identifier())).toBeUndefined();
      expect(directory.stats()).toMatchObject({ size: 0, inFlight: 0 });
    });

    it('keeps an answer under way when another tenant changes', async () => {
      const directory = await open();
      const release = store.hold();
      const early = find(directory);
      await until(() => store.asked.length === 1);
      directory.invalidate('00000000-0000-4000-8000-000000000000');
      release();
      expect(directory.peek(kind, identifier())).toBeUndefined();
      const found = await early;
      expect(directory.peek(kind, identifier())).toBe(found);
    });

    it('serves an overdue tenant while the store fails, for so long', async () => {
      const directory = await open({ ttlMs: 1_000, staleIfErrorMs: 5_000, storeRetryMs: 100 });
      const found = await find(directory);
      store.failure = new Error('down');
      time = 5_000;
      expect(await find(directory)).toBe(found);
      expect(store.asked).toHaveLength(2);
      time = 5_099;
      expect(await find(directory)).toBe(found);
      expect(store.asked).toHaveLength(2);
      time = 5_100;
      expect(await find(directory)).toBe(found);
      expect(store.asked).toHaveLength(3);

      time = 6_000;
      await expect(find(directory)).rejects.toThrow(TenantStoreUnavailableError);
      expect(directory.stats()).toMatchObject({ storeErrors: 3, staleHits: 2 });
      store.failure = undefined;
      expect(await find(directory)).toEqual(acme);
    });

    it('serves no tenant that is known to have changed, even while the store fails', async () => {
      const directory = await open();
      await find(directory);
      store.failure = new Error('down');
      directory.invalidate(acme.id);
      const failure = find(directory);
      await expect(failure).rejects.toThrow(TenantStoreUnavailableError);
      await expect(failure).rejects.toMatchObject({ cause: store.failure });
    });
  });

  it('leads every identifier of a tenant to the same object, also after its time when nothing has changed', async () => {
    const directory = await open({ ttlMs: 1_000 });
    const found = await directory.bySlug('acme');
    const again = async () => [
      await directory.byId(acme.id),
      await directory.byDomain('acme.test'),
      await directory.byApiKey(apiKey),
    ];
    for (const tenant of await again()) expect(tenant).toBe(found);
    expect(store.asked).toEqual(['slug acme', 'domain acme.test', 'apiKey']);
    time = 1_000;
    for (const tenant of await again()) expect(tenant).toBe(found);
    expect(store.asked).toHaveLength(6);
  });

  it.each([
    ['the tenant itself', () => acme.id],
    ['everything', () => undefined],
  ])(
    'has a new object of a tenant after %s was dropped, also when nothing of it has changed',
    async (_what, idOf) => {
      const ofOneObject: Partial<TenantStore> = { findById: async () => acme };
      const directory = new TenantDirectory(ofOneObject as TenantStore);
      const found = await directory.byId(acme.id);
      directory.invalidate('00000000-0000-4000-8000-000000000000');
      expect(await directory.byId(acme.id)).toBe(found);
      directory.invalidate(idOf());
      const anew = await directory.byId(acme.id);
      expect(anew).toEqual(found);
      expect(anew).not.toBe(found);
      expect(await directory.byId(acme.id)).toBe(anew);
    },
  );

  it('does not prolong a key or a domain because its tenant was read anew', async () => {
    const directory = await open({ ttlMs: 1_000, feed: false });
    await directory.byApiKey(apiKey);
    await directory.byDomain('acme.test');
    await memory.revokeApiKeys(acme.id, 'ci');
    await memory.removeDomain(acme.id, 'acme.test');
    time = 900;
    directory.invalidate('00000000-0000-4000-8000-000000000000');
    time = 1_000;
    await directory.byId(acme.id);
    expect(await directory.byApiKey(apiKey)).toBeUndefined();
    expect(await directory.byDomain('acme.test')).toBeUndefined();
    expect(directory.peek('id', acme.id)).toEqual(acme);
  });

  it('leaves a domain with its new tenant when the old one is dropped', async () => {
    const directory = await open({ ttlMs: 1_000, feed: false });
    await directory.byDomain('acme.test');
    await memory.removeDomain(acme.id, 'acme.test');
    const initech = await memory.create({ slug: 'initech' });
    await memory.addDomain(initech.id, 'acme.test');
    time = 1_000;
    expect(await directory.byDomain('acme.test')).toEqual(initech);
    directory.invalidate(acme.id);
    expect(directory.peek('domain', 'acme.test')).toEqual(initech);
  });

  it('follows a domain that moves to another tenant', async () => {
    const directory = await open();
    await directory.byDomain('acme.test');
    await memory.removeDomain(acme.id, 'acme.test');
    const globex = await directory.bySlug('globex');
    await memory.addDomain(String(globex?.id), 'acme.test');
    expect(await directory.byDomain('acme.test')).toMatchObject({ slug: 'globex' });
    directory.invalidate(acme.id);
    expect(directory.peek('domain', 'acme.test')).toMatchObject({ slug: 'globex' });
  });

  it('holds no API key in clear', async () => {
    const seen: string[] = [];
    const { set } = Map.prototype;
    Map.prototype.set = function spy(this: Map<unknown, unknown>, key, value) {
      seen.push(String(key));
      return Reflect.apply(set, this, [key, value]);
    };
    try {
      const directory = await open();
      await directory.byApiKey(apiKey);
      await directory.byApiKey('rh_unknown');
    } finally {
      Map.prototype.set = set;
    }
    expect(seen.filter((key) => key.startsWith('apiKey:')).length).toBeGreaterThan(0);
    expect(seen.filter((key) => key.includes(apiKey) || key.includes('rh_unknown'))).toEqual([]);
  });

  describe('unknown identifiers', () => {
    it('are remembered for their own, shorter time', async () => {
      const directory = await open({ negativeTtlMs: 50 });
      expect(await directory.bySlug('nobody')).toBeUndefined();
      time = 49;
      expect(await directory.bySlug('nobody')).toBeUndefined();
      expect(store.asked).toHaveLength(1);
      time = 50;
      expect(await directory.bySlug('nobody')).toBeUndefined();
      expect(store.asked).toHaveLength(2);
      expect(directory.stats()).toMatchObject({ negativeHits: 1, misses: 2, negativeSize: 1, size: 0 });
    });

    it('become known at once when their tenant is created', async () => {
      const directory = await open();
      expect(await directory.bySlug('initech')).toBeUndefined();
      expect(await directory.byDomain('initech.test')).toBeUndefined();
      const { id } = await memory.create({ slug: 'initech' });
      await memory.addDomain(id, 'initech.test');
      expect(await directory.bySlug('initech')).toMatchObject({ id });
      expect(await directory.byDomain('initech.test')).toMatchObject({ id });
    });

    it('are not kept when any tenant changed while the store was asked', async () => {
      const directory = await open();
      const release = store.hold();
      const early = directory.bySlug('initech');
      await until(() => store.asked.length === 1);
      await memory.create({ slug: 'initech' });
      release();
      expect(await early).toBeUndefined();
      expect(await directory.bySlug('initech')).toMatchObject({ slug: 'initech' });
    });

    it('push no tenant out, however many there are', async () => {
      const directory = await open({ max: 10, negativeMax: 100 });
      const found = await directory.bySlug('acme');
      for (let index = 0; index < 5_000; index++) {
        await directory.bySlug(`x${index}`);
        await directory.byDomain(`x${index}.test`);
        await directory.byApiKey(`rh_${index}`);
      }
      expect(directory.peek('slug', 'acme')).toBe(found);
      expect(directory.stats()).toMatchObject({ size: 1, negativeSize: 100, evictions: 0 });
    });

    it.each([
      ['id', 'ACME'],
      ['slug', "acme'--"],
      ['slug', 'a'.repeat(10_000)],
      ['domain', 'acme.test:80'],
    ] as const)('that are no %s never reach the store', async (kind, value) => {
      const directory = await open();
      await expect(directory.find({ kind, value })).rejects.toThrow(TenantIdInvalidError);
      expect(store.asked).toEqual([]);
      expect(directory.stats()).toMatchObject({ negativeSize: 0 });
    });

    it('replace a tenant that is gone without a word', async () => {
      const directory = await open({ ttlMs: 1_000, feed: false });
      await directory.bySlug('acme');
      await memory.remove(acme.id);
      time = 1_000;
      expect(await directory.bySlug('acme')).toBeUndefined();
      store.failure = new Error('down');
      await expect(directory.byId(acme.id)).rejects.toThrow(TenantStoreUnavailableError);
    });
  });

  it('holds the tenants used last, by whatever identifier, and forgets what led to the others', async () => {
    for (const slug of ['a', 'b', 'c']) await memory.create({ slug });
    const directory = await open({ max: 2 });
    await directory.byDomain('acme.test');
    await directory.bySlug('a');
    directory.peek('domain', 'acme.test');
    await directory.bySlug('b');
    expect(directory.peek('slug', 'a')).toBeUndefined();
    expect(directory.peek('slug', 'acme')).toEqual(acme);
    await directory.bySlug('b');
    await directory.bySlug('c');
    expect(directory.peek('domain', 'acme.test')).toBeUndefined();
    expect(directory.stats()).toMatchObject({ size: 2, evictions: 2 });
  });

  it('bounds the keys it holds for one tenant', async () => {
    const keys = await Promise.all(Array.from({ length: 300 }, () => memory.addApiKey(acme.id, 'many')));
    const directory = await open();
    for (const key of keys) await directory.byApiKey(key);
    const held = keys.filter((key) => directory.peek('apiKey', key) !== undefined);
    expect(held).toEqual(keys.slice(-256));
  });

  it('does not let an answer to an earlier question replace a newer one', async () => {
    const directory = await open({ feed: false });
    const release = store.hold();
    const early = directory.byId(acme.id);
    await until(() => store.asked.length === 1);
    time = 10;
    store.gate = undefined;
    await memory.update(acme.id, { plan: 'pro' });
    const newer = await directory.bySlug('acme');
    release();
    await early;
    expect(newer).toMatchObject({ plan: 'pro' });
    expect(directory.peek('id', acme.id)).toBe(newer);
  });

  it('passes a listing on to the store', async () => {
    const { tenants } = await (await open()).list({ limit: 1 });
    expect(tenants).toEqual([acme]);
  });

  it('drops what it held before it followed the feed, and everything when closed', async () => {
    const directory = new TenantDirectory(memory);
    await directory.bySlug('acme');
    await memory.update(acme.id, { plan: 'pro' });
    expect(directory.peek('slug', 'acme')).toMatchObject({ plan: 'free' });
    await Promise.all([directory.start(), directory.start()]);
    expect(directory.stats().size).toBe(0);
    await directory.bySlug('acme');
    await directory.close();
    expect(directory.stats().size).toBe(0);

    await directory.bySlug('acme');
    await memory.update(acme.id, { plan: 'free' });
    expect(directory.peek('slug', 'acme')).toMatchObject({ plan: 'pro' });
  });

  it('can be started again after the feed could not be followed', async () => {
    let isDown = true;
    const feed = {
      subscribe: async (handler: Parameters<InMemoryTenantStore['subscribe']>[0]) => {
        if (isDown) throw new Error('no feed');
        return memory.subscribe(handler);
      },
    };
    const directory = new TenantDirectory(store, { feed });
    await expect(directory.start()).rejects.toThrow('no feed');
    isDown = false;
    await directory.start();
    await directory.bySlug('acme');
    directory.invalidate();
    await directory.close();
  });

  it.each([
    ['max', { max: 0 }],
    ['ttlMs', { ttlMs: -1 }],
    ['feed', { feed: {} }],
    ['maximum', { maximum: 1 }],
  ])('names the wrong option %s', (name, options) => {
    expect(() => new TenantDirectory(store, options as TenantDirectoryOptions)).toThrow(new RegExp(name));
  });
});

describe('TenantDirectory on PostgreSQL', () => {
  it('sees what another instance changed, by LISTEN and NOTIFY', async () => {
    const database = await createTestDatabase();
    const instances = await Promise.all(
      ['one', 'two'].map(async () => {
        const pool = new pg.Pool({ connectionString: database.url, max: 2 });
        // pool.end() does not wait until its connections are closed, and drop() ends those that are left.
        pool.on('error', () => undefined);
        await migrateCatalog(pool);
        const listener = new TenantChangeListener({ directUrl: database.url, backoffMs: 5 });
        const store = new PostgresTenantStore({ pool, listener });
        const directory = new TenantDirectory(store);
        await directory.start();
        return { pool, store, directory, listener };
      }),
    );
    try {
      const [one, two] = instances;
      if (!one || !two) throw new Error('two instances are needed');
      expect(await two.directory.bySlug('acme')).toBeUndefined();
      const { id } = await one.store.create({ slug: 'acme' });
      await until(async () => (await two.directory.bySlug('acme')) !== undefined);
      expect(await two.directory.byId(id)).toBe(await two.directory.bySlug('acme'));

      await one.pool.query("update rowhouse.tenants set status = 'suspended' where id = $1", [id]);
      await until(() => two.directory.peek('id', id) === undefined);
      expect(await two.directory.byId(id)).toMatchObject({ status: 'suspended' });

      const held = await two.directory.byId(id);
      await one.pool.query("select pg_notify('rowhouse_tenants', $1)", [id]);
      await until(() => two.directory.peek('id', id) === undefined);
      const anew = await two.directory.byId(id);
      expect(anew).toEqual(held);
      expect(anew).not.toBe(held);

      const apiKey = await two.store.addApiKey(id, 'ci');
      expect(await one.directory.byApiKey(apiKey)).toMatchObject({ id });
      await two.store.revokeApiKeys(id, 'ci');
      await until(() => one.directory.peek('apiKey', apiKey) === undefined);
      expect(await one.directory.byApiKey(apiKey)).toBeUndefined();

      await two.directory.byId(id);
      await one.pool.query(
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'rowhouse-listener' and datname = $1",
        [database.name],
      );
      await until(() => two.directory.stats().size === 0 && two.listener.isListening);
    } finally {
      for (const { pool, directory, listener } of instances) {
        await directory.close();
        await listener.close();
        await pool.end();
      }
      await database.drop();
    }
  });
});

it('tells who keeps tenants which were dropped, until it ends', () => {
  const directory = new TenantDirectory(new InMemoryTenantStore([]));
  const dropped: unknown[] = [];
  const end = directory.onDrop((tenantId) => dropped.push(tenantId));
  directory.invalidate('00000000-0000-4000-8000-00000000000a');
  directory.invalidate();
  end();
  directory.invalidate();
  expect(dropped).toEqual(['00000000-0000-4000-8000-00000000000a', undefined]);
});
