/** @suite typeorm03 */
import { Readable } from 'node:stream';
import { type Tenant, TenantContext } from '@rowhouse/core';
import { createTestDatabase, type TestDatabase } from '@rowhouse/testing';
import { DataSource, type QueryRunner } from 'typeorm';
import { shop } from '../../../test/support/shop.js';
import { makeTenant } from '../../../test/support/tenants.js';
import { DataSourceRegistry } from './data-source-registry.js';
import { openTenantDataSource } from './tenant-data-source.js';
import { MEMBERS, OF_SOME_VERSIONS, type Part, type Verdict, WRAPPED } from './typeorm-members.fixture.js';

const acme = makeTenant('acme');
const globex = makeTenant('globex');
const initech = makeTenant('initech', { isolation: 'database' });

let database: TestDatabase;
let ambient: DataSource;
let registry: DataSourceRegistry;

beforeAll(async () => {
  database = await createTestDatabase();
  ambient = await openTenantDataSource({
    type: 'postgres',
    url: database.loginUrl,
    cache: { tableName: 'cached' },
    logging: false,
    ...shop,
  });
  registry = new DataSourceRegistry({ ambient, directUrl: database.url });
  for (const tenant of [acme, globex]) {
    await registry.homes.prepare(tenant);
    await registry.for(tenant).runMigrations();
  }
});

afterAll(async () => {
  await registry.close();
  await ambient.destroy();
  await database.drop();
});

type Parts = Record<Part, object>;
type Members = Record<string, unknown>;

const partsOf = (dataSource: DataSource): Parts => ({
  dataSource,
  driver: dataSource.driver,
  queryRunner: dataSource.createQueryRunner(),
  manager: dataSource.manager,
  schemaBuilder: dataSource.driver.createSchemaBuilder(),
});

// Node 20 knows the symbol by another description.
const nameOf = (key: string | symbol) =>
  key === Symbol.asyncDispose
    ? 'Symbol.asyncDispose'
    : typeof key === 'string'
      ? key
      : (key.description ?? '');

/** Members by the class that declares them, and those that are the object's own. Our own symbols are not TypeORM's. */
function membersOf(object: object): string[] {
  const names = new Set<string>();
  for (let at = object; at && at !== Object.prototype; at = Object.getPrototypeOf(at))
    for (const key of Reflect.ownKeys(at)) names.add(nameOf(key));
  return [...names].filter((name) => name !== 'constructor' && !name.startsWith('rowhouse.'));
}

const PARTS = Object.keys(MEMBERS) as Part[];
const verdictsOf = (part: Part) => Object.entries(MEMBERS[part]) as Array<[Verdict, readonly string[]]>;
const listed = (part: Part, verdict: Verdict) => MEMBERS[part][verdict] ?? [];

describe.each(PARTS)("the members of TypeORM's %s", (part) => {
  it('are all in the table, once', () => {
    const inTable = verdictsOf(part).flatMap(([, names]) => names);
    expect(inTable.filter((name, index) => inTable.indexOf(name) !== index)).toEqual([]);
    const found = membersOf(partsOf(ambient)[part]);
    expect(found.filter((name) => !inTable.includes(name))).toEqual([]);
    const gone = inTable.filter((name) => !found.includes(name));
    expect(gone.filter((name) => !OF_SOME_VERSIONS.has(`${part}.${name}`))).toEqual([]);
  });

  it('are, on the ambient data source, those of a plain one, but for what is wrapped', () => {
    const plain = partsOf(new DataSource(ambient.options))[part] as Members;
    const ours = partsOf(ambient)[part] as Members;
    expect(Object.getPrototypeOf(ours)).toBe(Object.getPrototypeOf(plain));
    const wrapped = Reflect.ownKeys(ours).filter((key) => {
      if (typeof key === 'symbol') return false;
      const { get, value } = Object.getOwnPropertyDescriptor(ours, key) ?? {};
      return get !== undefined || (typeof value === 'function' && key in Object.getPrototypeOf(ours));
    });
    expect(wrapped.sort()).toEqual([...WRAPPED[part]].sort());
  });

  const has = (name: string) => name in partsOf(ambient)[part];
  const member = (object: object, name: string) => (object as Members)[name];

  it('are the same for all tenants where the table says `shared`', () => {
    for (const tenant of [acme, initech]) {
      const view = partsOf(registry.for(tenant))[part];
      for (const name of listed(part, 'shared').filter(has))
        expect([name, Object.is(member(view, name), member(partsOf(ambient)[part], name))]).toEqual([
          name,
          true,
        ]);
    }
  });

  it('are not those of the ambient data source where it says `tenant`', () => {
    const base = partsOf(ambient)[part];
    const views = [acme, initech].map((tenant) => partsOf(registry.for(tenant))[part]);
    const isState = (name: string) => member(base, name) !== null && typeof member(base, name) === 'object';
    for (const name of listed(part, 'tenant').filter(has)) {
      // A fresh object has fresh state; of it only what is an object, or names a place, can be told apart.
      if (part !== 'dataSource' && part !== 'driver' && !isState(name)) continue;
      const isShared = views.every((view) => Object.is(member(view, name), member(base, name)));
      expect([name, isShared]).toEqual([name, false]);
    }
  });

  it('lead back to the data source of their tenant', () => {
    const view = registry.for(acme);
    const object = (part === 'dataSource' ? view.manager : partsOf(view)[part]) as Members;
    for (const name of ['dataSource', 'connection']) if (name in object) expect(object[name]).toBe(view);
  });

  it("are TypeORM's own where it says `typeorm`", () => {
    const view = partsOf(registry.for(acme))[part];
    const plain = partsOf(new DataSource(ambient.options))[part];
    for (const name of listed(part, 'typeorm').filter(has)) {
      const descriptors = [view, plain].map((object) => describeMember(object, name));
      expect([name, descriptors[0]]).toEqual([name, descriptors[1]]);
    }
  });

  it('throw where it says `refused`, and do nothing where it says so', async () => {
    const view = registry.for(acme);
    const object = partsOf(view)[part] as Record<string, (...args: unknown[]) => unknown>;
    for (const name of listed(part, 'refused'))
      await expect((async () => object[name]?.({}))()).rejects.toThrow(/A tenant's data source/);
    for (const name of listed(part, 'nothing')) expect(await object[name]?.()).toBeUndefined();
    expect(await view.query('select 1 as one')).toEqual([{ one: 1 }]);
  });
});

/** The functions of a member, wherever it is declared. */
function describeMember(object: object, name: string): unknown[] {
  for (let at = object; at; at = Object.getPrototypeOf(at)) {
    const key = Reflect.ownKeys(at).find((own) => nameOf(own) === name);
    const found = key !== undefined && Object.getOwnPropertyDescriptor(at, key);
    if (found) return [found.get, found.set, found.value];
  }
  return [];
}

describe('a query runner of the ambient data source', () => {
  /** Arguments with which most methods get as far as a statement. */
  const ARGUMENTS: readonly unknown[][] = [[], ['books'], ['books', 'title'], [['books']], ['select 1']];
  /** They send no statement, and give the connection back. */
  const ENDS = new Set(['release', 'releasePostgresConnection', 'Symbol.asyncDispose']);

  async function call(runner: QueryRunner, tenant: Tenant, names: readonly string[]): Promise<number> {
    const client = (await runner.connect()) as { query: (...args: unknown[]) => unknown };
    let sent = 0;
    const { query } = client;
    client.query = function (this: unknown, ...args: unknown[]) {
      sent += 1;
      return query.apply(this, args);
    };
    for (const name of names) {
      for (const args of ARGUMENTS) {
        const method = (runner as unknown as Members)[name];
        if (typeof method !== 'function') continue;
        await TenantContext.run(tenant, async () => {
          try {
            const result: unknown = await method.apply(runner, args);
            // What follows on the connection would wait for its end.
            if (result instanceof Readable) result.destroy();
          } catch {
            // Most are refused, and some do not understand what they are given.
          }
        });
        Object.assign(runner, { isTransactionActive: false, transactionDepth: 0 });
      }
    }
    return sent;
  }

  it('sends no statement of any method in the context of another tenant', async () => {
    const runner = TenantContext.run(acme, () => ambient.createQueryRunner());
    const everything = membersOf(runner).filter((name) => !ENDS.has(name));
    expect(await call(runner, globex, everything)).toBe(0);
    await runner.release();
  });

  it('sends some in its own, so that the test above can fail', async () => {
    const runner = TenantContext.run(acme, () => ambient.createQueryRunner());
    expect(await call(runner, acme, ['query', 'hasTable', 'getTables', 'stream'])).toBeGreaterThan(5);
    await runner.release();
  });
});
