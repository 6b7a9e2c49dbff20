import { type Tenant, TenantContext } from '@rowhouse/core';
import { createTestDatabase, type TestDatabase } from '@rowhouse/testing';
import type { DataSource } from 'typeorm';
import { makeTenant } from '../../../test/support/tenants.js';
import { DataSourceRegistry } from './data-source-registry.js';
import { Note, Notebook, notes, PlainNote } from './notes.fixture.js';
import { openTenantDataSource } from './tenant-data-source.js';

const acme = makeTenant('acme');
const globex = makeTenant('globex');

let database: TestDatabase;
const opened: Array<() => Promise<void>> = [];
/** Every data source that a class was ever given. */
const given: DataSource[] = [];
const { useDataSource } = Note;
Note.useDataSource = function (this: typeof Note, dataSource) {
  if (dataSource) given.push(dataSource);
  useDataSource.call(this, dataSource);
};

async function open() {
  const ambient = await openTenantDataSource({ type: 'postgres', url: database.loginUrl, ...notes });
  const registry = new DataSourceRegistry({ ambient, directUrl: database.url });
  opened.push(async () => {
    await registry.close();
    await ambient.destroy();
  });
  return { ambient, registry };
}

/** Every tenant has the same ids, so that an object of one would overwrite that of another. */
async function refill(registry: DataSourceRegistry) {
  for (const tenant of [acme, globex]) {
    const own = await registry.directFor(tenant);
    await own.query('truncate notes, notebooks restart identity');
    await own.query('insert into notebooks (title) values ($1)', [`${tenant.slug} book`]);
    await own.query('insert into notes (text, "notebookId", "archiveId") values ($1, 1, 1)', [
      `${tenant.slug} note`,
    ]);
  }
}

beforeAll(async () => {
  database = await createTestDatabase();
  const { registry } = await open();
  for (const tenant of [acme, globex]) {
    await registry.homes.prepare(tenant);
    await registry.for(tenant).synchronize();
  }
  await registry.homes.repairShared();
});

beforeEach(() => {
  given.length = 0;
});

afterEach(async () => {
  for (const close of opened.splice(0)) await close();
});

afterAll(() => database.drop());

const as = <T>(tenant: Tenant, work: () => Promise<T>) => TenantContext.run(tenant, work);
const textsOf = async (tenant: Tenant) => (await as(tenant, () => Note.find())).map(({ text }) => text);

describe('a class that extends BaseEntity', () => {
  it('acts for the tenant of the context, and for nobody without one', async () => {
    const { registry } = await open();
    await refill(registry);
    expect(await textsOf(acme)).toEqual(['acme note']);
    await as(globex, () => Note.create({ text: 'globex more' }).save());
    expect(await textsOf(globex)).toEqual(['globex note', 'globex more']);
    expect(await textsOf(acme)).toEqual(['acme note']);
    await expect(Note.find()).rejects.toMatchObject({ code: 'TENANT_CONTEXT_MISSING' });
  });

  it("is never given the owner's data source, whatever changes a schema", async () => {
    const { ambient, registry } = await open();
    await refill(registry);
    const initech = makeTenant('initech');
    await registry.homes.prepare(initech);
    const owner = await registry.directFor(initech);
    await owner.synchronize();
    await owner.runMigrations();
    await (await registry.directPoolFor(initech)).query('select 1');
    await registry.for(initech).synchronize();
    expect(new Set(given)).toEqual(new Set([ambient]));
    await as(acme, async () => {
      const [{ role }] = await Note.query('select current_user as role');
      expect(role).toContain(acme.id.replaceAll('-', ''));
      const [note] = await Note.find();
      await note?.save();
    });
    expect(await textsOf(acme)).toEqual(['acme note']);
    await registry.homes.remove(initech);
  });

  it('belongs to the data source that was opened last, or that the app names, as in TypeORM', async () => {
    const first = await open();
    const second = await open();
    await refill(first.registry);
    expect(given).toEqual([first.ambient, second.ambient]);
    for (const { ambient, registry } of [first, second, first]) {
      Note.useDataSource(ambient);
      await first.registry.directFor(acme);
      await second.registry.directFor(globex);
      registry.for(globex);
      expect(Note.getRepository().manager.connection).toBe(ambient);
      expect(await textsOf(acme)).toEqual(['acme note']);
      expect(await textsOf(globex)).toEqual(['globex note']);
    }
    Note.useDataSource(first.registry.for(globex));
    expect(await textsOf(acme)).toEqual(['globex note']);
  });
});
