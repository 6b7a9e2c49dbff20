/** @suite typeorm03 */
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

type Open = Awaited<ReturnType<typeof open>>;

/** Each brings forth an object of acme's, in whatever context it runs. */
const WAYS: ReadonlyArray<[string, (open: Open) => Promise<Note>]> = [
  ['found in its context', () => as(acme, () => Note.findOneByOrFail({ id: 1 }))],
  [
    'found by a query builder in its context',
    () => as(acme, () => Note.createQueryBuilder('n').getOneOrFail()),
  ],
  [
    'found without listeners in its context',
    () => as(acme, () => Note.createQueryBuilder('n').callListeners(false).getOneOrFail()),
  ],
  [
    'found in a transaction of its context',
    ({ ambient }) =>
      as(acme, () => ambient.transaction((manager) => manager.findOneByOrFail(Note, { id: 1 }))),
  ],
  [
    'found by the registry',
    ({ registry }) => registry.for(acme).getRepository(Note).findOneByOrFail({ id: 1 }),
  ],
  [
    'found as the owner',
    async ({ registry }) => (await registry.directFor(acme)).manager.findOneByOrFail(Note, { id: 1 }),
  ],
  [
    'found by a query builder of the registry, without listeners',
    ({ registry }) => registry.for(acme).createQueryBuilder(Note, 'n').callListeners(false).getOneOrFail(),
  ],
  [
    'found in a transaction of the registry',
    ({ registry }) => registry.for(acme).transaction((manager) => manager.findOneByOrFail(Note, { id: 1 })),
  ],
  [
    'found on a query runner of the registry, through another data source',
    async ({ registry }) => {
      const runner = registry.for(acme).createQueryRunner();
      try {
        return await registry.for(globex).createQueryBuilder(Note, 'n', runner).getOneOrFail();
      } finally {
        await runner.release();
      }
    },
  ],
  [
    'joined to another',
    async ({ registry }) => {
      const [book] = await registry
        .for(acme)
        .getRepository(Notebook)
        .find({ relations: { notes: true } });
      return book?.notes[0] as Note;
    },
  ],
  [
    'joined by a query of its own',
    async ({ registry }) => {
      const repository = registry.for(acme).getRepository(Notebook);
      const [book] = await repository.find({ relations: { notes: true }, relationLoadStrategy: 'query' });
      return book?.notes[0] as Note;
    },
  ],
  [
    'loaded by a relation',
    async ({ registry }) => {
      const notes = registry
        .for(acme)
        .createQueryBuilder()
        .relation(Notebook, 'notes')
        .of(1)
        .loadMany<Note>();
      return (await notes)[0] as Note;
    },
  ],
  ['saved by itself', () => as(acme, () => Object.assign(new Note(), { id: 1, text: 'acme note' }).save())],
  [
    'saved by itself without listeners',
    () => as(acme, () => Object.assign(new Note(), { id: 1, text: 'acme note' }).save({ listeners: false })),
  ],
  [
    'saved by a repository of the registry',
    ({ registry }) =>
      registry
        .for(acme)
        .getRepository(Note)
        .save(Note.create({ text: 'acme second' })),
  ],
  ['saved by the class', () => as(acme, () => Note.save(Note.create({ text: 'acme second' })))],
  [
    'saved with another',
    async () => {
      const note = Note.create({ text: 'acme second' });
      await as(acme, () => Object.assign(new Notebook(), { title: 'acme second', notes: [note] }).save());
      return note;
    },
  ],
  [
    'inserted',
    async ({ registry }) => {
      const note = Note.create({ text: 'acme second' });
      await registry.for(acme).getRepository(Note).insert(note);
      return note;
    },
  ],
];

const METHODS = ['save', 'remove', 'softRemove', 'recover', 'reload'] as const;

/** All that a tenant has, deleted rows too. */
const rowsOf = (registry: DataSourceRegistry, tenant: Tenant) =>
  registry.for(tenant).query('select * from notes order by id');

describe.each(WAYS)('an active record, %s,', (_way, load) => {
  const found = async () => {
    const both = await open();
    await refill(both.registry);
    // Whatever the context in which the data source of another tenant is asked.
    const note = await as(globex, () => load(both));
    expect(note).toBeInstanceOf(Note);
    note.text = 'acme changed';
    return { ...both, note };
  };

  it('refuses to act for another tenant, or the system', async () => {
    const { registry, note } = await found();
    const before = await rowsOf(registry, globex);
    for (const method of METHODS) {
      const refused = { code: 'ISOLATION_VIOLATION' };
      const act = async () => void (await note[method]());
      await expect(as(globex, act)).rejects.toMatchObject(refused);
      await expect(TenantContext.runAsSystem('test', act)).rejects.toMatchObject(refused);
    }
    expect(note.text).toBe('acme changed');
    expect(await rowsOf(registry, globex)).toEqual(before);
  });

  it('acts for its own tenant', async () => {
    const { registry, note } = await found();
    const globexBefore = await rowsOf(registry, globex);
    await as(acme, async () => {
      await note.save();
      await note.softRemove();
      await note.recover();
      await note.reload();
      expect(note.text).toBe('acme changed');
      expect(await Note.countBy({ text: 'acme changed' })).toBe(1);
      await note.remove();
      expect(await Note.countBy({ text: 'acme changed' })).toBe(0);
    });
    expect(await rowsOf(registry, globex)).toEqual(globexBefore);
  });
});

describe('an active record', () => {
  it('that was only created is nobody yet, and refuses nothing', async () => {
    const { registry } = await open();
    await refill(registry);
    const [note, book] = await as(acme, async () => [
      Note.create({ text: 'globex by create' }),
      Notebook.create({ title: 'globex by create', notes: [{ text: 'globex within' }] }),
    ]);
    await as(globex, () => note.save());
    await as(globex, async () => (book.notes[0] as Note).save());
    expect(await textsOf(globex)).toEqual(['globex note', 'globex by create', 'globex within']);
    expect(await textsOf(acme)).toEqual(['acme note']);
  });

  it('of a class that the app has given to the data source of one tenant is compared with that tenant', async () => {
    const { ambient, registry } = await open();
    await refill(registry);
    const [note] = await as(acme, () => Note.find());
    Note.useDataSource(registry.for(globex));
    await expect(as(acme, async () => note?.save())).rejects.toMatchObject({ code: 'ISOLATION_VIOLATION' });
    Note.useDataSource(registry.for(acme));
    await as(globex, async () => note?.save());
    Note.useDataSource(ambient);
  });

  it('loads lazily for the context, like any object, and what it loads belongs there', async () => {
    const { registry } = await open();
    await refill(registry);
    const note = await registry.for(acme).getRepository(Note).findOneByOrFail({ id: 1 });
    const book = await as(acme, () => note.archive);
    expect(book.title).toBe('acme book');
    await expect(as(globex, () => book.save())).rejects.toMatchObject({ code: 'ISOLATION_VIOLATION' });
  });
});

describe('an object of a class that does not extend BaseEntity', () => {
  it('is written where the repository acts, whoever it was loaded for', async () => {
    const { ambient, registry } = await open();
    await refill(registry);
    const note = await registry.for(acme).getRepository(PlainNote).findOneByOrFail({ id: 1 });
    await as(globex, () => ambient.getRepository(PlainNote).save({ ...note, text: 'copied' }));
    expect(await textsOf(globex)).toEqual(['copied']);
    expect(await textsOf(acme)).toEqual(['acme note']);
  });
});
