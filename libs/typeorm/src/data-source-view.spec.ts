/** @suite typeorm03 */
import { TenantContext } from '@rowhouse/core';
import { createTestDatabase, type TestDatabase } from '@rowhouse/testing';
import { DataSource } from 'typeorm';
import { Author, shop } from '../../../test/support/shop.js';
import { makeTenant } from '../../../test/support/tenants.js';
import { DataSourceRegistry } from './data-source-registry.js';
import { openTenantDataSource } from './tenant-data-source.js';

const acme = makeTenant('acme');
const globex = makeTenant('globex');

let database: TestDatabase;
let ambient: DataSource;
let registry: DataSourceRegistry;

beforeAll(async () => {
  database = await createTestDatabase();
  ambient = await openTenantDataSource({
    type: 'postgres',
    url: database.loginUrl,
    cache: { tableName: 'cached', alwaysEnabled: false },
    ...shop,
  });
  registry = new DataSourceRegistry({ ambient, directUrl: database.url });
  for (const tenant of [acme, globex]) {
    await registry.homes.prepare(tenant);
    await registry.for(tenant).runMigrations();
    await registry.for(tenant).getRepository(Author).save({ name: tenant.slug });
  }
});

afterAll(async () => {
  await registry.close();
  await ambient.destroy();
  await database.drop();
});

type Key = string | symbol;
type Patch = (current: unknown) => PropertyDescriptor;

/** What others put in the place of a member of the ambient data source. Each works as the member did. */
const PATCHES: Record<string, Patch> = {
  'an accessor': (current) => {
    let value = current;
    return {
      get: () => value,
      set: (next) => {
        value = next;
      },
    };
  },
  'a field that cannot be written': (current) => ({ value: current, writable: false }),
  'a proxy': (current) => ({ value: proxyOf(current), writable: true }),
};

function proxyOf(value: unknown): unknown {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return value;
  return new Proxy(value, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key);
      return typeof member === 'function' && typeof target !== 'function' ? member.bind(target) : member;
    },
  });
}

/** Every member of an object: its own, and those of its class and the classes above it. */
function membersOf(object: object): Key[] {
  const keys = new Set<Key>();
  for (let at = object; at && at !== Object.prototype; at = Object.getPrototypeOf(at))
    for (const key of Reflect.ownKeys(at)) keys.add(key);
  // The managers of other databases throw when they are read.
  for (const key of ['constructor', 'mongoManager', 'sqljsManager']) keys.delete(key);
  return [...keys];
}

/** Replaces a member for the length of `work`. */
async function patched(object: object, key: Key, patch: Patch, work: () => Promise<void>): Promise<void> {
  const before = Object.getOwnPropertyDescriptor(object, key);
  const current: unknown = Reflect.get(object, key);
  Object.defineProperty(object, key, { configurable: true, enumerable: true, ...patch(current) });
  try {
    await work();
  } finally {
    Reflect.deleteProperty(object, key);
    if (before) Object.defineProperty(object, key, before);
  }
}

/** The parts that a view stands in for, member by member, and what each accessor answers. */
function stateOf(dataSource: DataSource): Map<string, unknown> {
  const { driver, relationLoader, relationIdLoader, manager, queryResultCache, options } =
    dataSource as unknown as Record<string, object>;
  const state = new Map<string, unknown>();
  const parts = { dataSource, driver, relationLoader, relationIdLoader, manager, queryResultCache, options };
  for (const [part, object] of Object.entries(parts)) {
    for (const key of Reflect.ownKeys(object as object)) {
      const name = `${part}.${String(key)}`;
      const descriptor = Object.getOwnPropertyDescriptor(object, key);
      for (const field of ['value', 'get', 'set', 'writable', 'configurable', 'enumerable'] as const)
        state.set(`${name}.${field}`, descriptor?.[field]);
      // A proxy that binds the methods of its target makes another one at each look.
      const now: unknown = Reflect.get(object as object, key);
      state.set(`${name} now`, typeof now === 'function' ? 'a function' : now);
    }
  }
  return state;
}

/** The names of what is not the same any more. */
function differences(before: Map<string, unknown>, after: Map<string, unknown>): string[] {
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names].filter((name) => !Object.is(before.get(name), after.get(name)));
}

const namesIn = async (found: Promise<Array<{ name: string }>>) => (await found).map(({ name }) => name);

/** What a data source reads, by each way there is. */
async function reads(dataSource: DataSource): Promise<Set<string>> {
  const runner = dataSource.createQueryRunner();
  const sql = 'select name from authors';
  try {
    const found = [
      await namesIn(dataSource.manager.find(Author)),
      await namesIn(dataSource.getRepository(Author).find()),
      await namesIn(dataSource.createQueryBuilder(Author, 'a').getMany()),
      await namesIn(dataSource.query(sql)),
      await namesIn(dataSource.transaction((manager) => manager.find(Author))),
      await namesIn(runner.query(sql)),
      await namesIn(runner.manager.find(Author)),
    ];
    return new Set(found.map((names) => names.join()));
  } finally {
    await runner.release();
  }
}

describe.each(Object.entries(PATCHES))('with %s in the place of a member', (_name, patch) => {
  const of = {
    'the data source': () => ambient as object,
    "the data source's driver": () => ambient.driver as object,
  };

  it.each(Object.entries(of))(
    'of %s, a view leaves it alone and acts for its tenant',
    async (_part, find) => {
      const members = membersOf(find());
      expect(members.length).toBeGreaterThan(20);
      const wrong: string[] = [];
      for (const key of members) {
        await patched(find(), key, patch, async () => {
          const before = stateOf(ambient);
          const views = [registry.for(globex), await registry.directFor(globex)];
          const changed = differences(before, stateOf(ambient));
          if (changed.length > 0) wrong.push(`${String(key)}: changed ${changed.join()}`);
          for (const view of views) {
            const found = await reads(view);
            if ([...found].join() !== 'globex') wrong.push(`${String(key)}: the view read ${[...found]}`);
          }
          const found = await TenantContext.run(acme, () => reads(ambient));
          if ([...found].join() !== 'acme') wrong.push(`${String(key)}: the ambient one read ${[...found]}`);
        });
      }
      expect(wrong).toEqual([]);
    },
  );
});

describe('a view', () => {
  it('does not take over what others let the ambient data source do', async () => {
    const { manager, driver } = ambient;
    const runner = TenantContext.run(acme, () => ambient.createQueryRunner());
    const foreign = {
      manager: runner.manager,
      query: async () => 'patched',
      transaction: async () => 'patched',
      createQueryRunner: () => runner,
      createEntityManager: () => runner.manager,
      createQueryBuilder: () => runner.manager.createQueryBuilder(),
      getRepository: () => runner.manager.getRepository(Author),
    };
    Object.assign(ambient, foreign);
    try {
      expect(await reads(registry.for(globex))).toEqual(new Set(['globex']));
      expect(await reads(await registry.directFor(globex))).toEqual(new Set(['globex']));
    } finally {
      for (const name of Object.keys(foreign)) Reflect.deleteProperty(ambient, name);
      Object.assign(ambient, { manager });
      expect(ambient.driver).toBe(driver);
      await runner.release();
    }
    expect(await TenantContext.run(acme, () => reads(ambient))).toEqual(new Set(['acme']));
  });

  it('is of the class of its base, and cannot be opened, closed or given options', async () => {
    const view = registry.for(globex);
    expect(view).toBeInstanceOf(DataSource);
    expect(ambient.constructor).toBe(DataSource);
    expect(() => view.setOptions({ logging: true })).toThrow(/shares its options/);
    await expect(view.initialize()).rejects.toThrow(/open already/);
    await view.destroy();
    await (view.driver as unknown as { disconnect(): Promise<void> }).disconnect();
    expect(view.isInitialized).toBe(true);
    expect(await reads(view)).toEqual(new Set(['globex']));
  });

  it.each(['schema', 'row', 'database'] as const)(
    'of a tenant with isolation %s leaves its base alone',
    async (isolation) => {
      const before = stateOf(ambient);
      const initech = makeTenant('initech', { isolation });
      registry.for(initech);
      await registry.directFor(initech);
      expect(differences(before, stateOf(ambient))).toEqual([]);
    },
  );
});
