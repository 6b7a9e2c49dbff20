/** @suite postgres15 */
import type { EntityManager } from 'typeorm';
import {
  acme,
  Book,
  type Bookshop,
  globex,
  openBookshop,
  Publisher,
  Review,
  Shelf,
  Tag,
  tables,
} from './bookshop.fixture.js';

let shop: Bookshop;

/** The same shop for each tenant, told apart by its names. */
async function seed(manager: EntityManager, name: string) {
  const publisher = await manager.save(Publisher, { name: 'The Press' });
  const tags = await manager.save(Tag, [{ name: `${name} new` }, { name: `${name} old` }]);
  const book = manager.create(Book, { title: `${name} first`, tags, reviews: [{ text: `${name} praise` }] });
  book.publisher = Promise.resolve(publisher);
  await manager.save(book);
  await manager.save(Book, { title: `${name} second` });
  const root = await manager.save(Shelf, { name: `${name} root` });
  await manager.save(manager.create(Shelf, { name: `${name} child`, parent: root }));
}

beforeAll(async () => {
  shop = await openBookshop();
  await shop.secure();
  await shop.asTenant(acme, (manager) => seed(manager, 'acme'));
  await shop.asTenant(globex, (manager) => seed(manager, 'globex'));
});

afterAll(() => shop.close());

describe.each([
  ['acme', acme],
  ['globex', globex],
])('code that knows nothing of tenants, as %s', (name, tenant) => {
  it('finds and counts its own rows', () =>
    shop.asTenant(tenant, async (manager) => {
      const books = await manager.find(Book, { order: { id: 'ASC' } });
      expect(books.map(({ title }) => title)).toEqual([`${name} first`, `${name} second`]);
      expect(await manager.count(Book)).toBe(2);
      expect(await manager.countBy(Publisher, { name: 'The Press' })).toBe(1);
    }));

  it('builds queries over its own rows', () =>
    shop.asTenant(tenant, async (manager) => {
      const [books, total] = await manager
        .createQueryBuilder(Book, 'book')
        .leftJoinAndSelect('book.tags', 'tag')
        .where('book.title like :pattern', { pattern: '%first' })
        .orWhere('true')
        .orderBy('book.id')
        .take(1)
        .getManyAndCount();
      expect(total).toBe(2);
      expect(books[0]?.tags.map((tag) => tag.name).sort()).toEqual([`${name} new`, `${name} old`]);
    }));

  it('writes SQL over its own rows', () =>
    shop.asTenant(tenant, async (manager) => {
      for (const table of tables) {
        const [{ mine, all }] = await manager.query(
          `select count(*) filter (where tenant_id = $1)::int as mine, count(*)::int as all from ${table}`,
          [tenant],
        );
        expect({ table, mine, all }).toEqual({ table, mine: all, all });
        expect(mine).toBeGreaterThan(0);
      }
    }));

  it('follows relations eager, lazy and many-to-many', () =>
    shop.asTenant(tenant, async (manager) => {
      const book = await manager.findOneOrFail(Book, {
        where: { title: `${name} first` },
        relations: { tags: true },
      });
      expect(book.reviews.map(({ text }) => text)).toEqual([`${name} praise`]);
      expect(book.tags).toHaveLength(2);
      const publisher = await book.publisher;
      expect((await publisher.books).map(({ title }) => title)).toEqual([`${name} first`]);
    }));

  it('walks closure trees', () =>
    shop.asTenant(tenant, async (manager) => {
      const [tree] = await manager.getTreeRepository(Shelf).findTrees();
      expect(tree?.children.map((shelf) => shelf.name)).toEqual([`${name} child`]);
    }));

  it('updates and deletes its own rows alone', async () => {
    const rollBack = new Error('roll back');
    await expect(
      shop.asTenant(tenant, async (manager) => {
        expect((await manager.update(Book, { title: 'acme second' }, { title: 'x' })).affected).toBe(
          name === 'acme' ? 1 : 0,
        );
        expect(
          (await manager.createQueryBuilder().update(Review).set({ text: 'x' }).execute()).affected,
        ).toBe(1);
        const [book] = await manager.findBy(Book, { title: `${name} first` });
        if (book) await manager.remove(book);
        expect((await manager.createQueryBuilder().delete().from(Book).execute()).affected).toBe(1);
        const [, deletedTags] = await manager.query('delete from tags');
        expect(deletedTags).toBe(2);
        throw rollBack;
      }),
    ).rejects.toBe(rollBack);
  });
});

describe('an insert', () => {
  it('needs no tenant, and leaves none on the entity', () =>
    shop.asTenant(acme, async (manager) => {
      const book = await manager.save(manager.create(Book, { title: 'third', reviews: [{ text: 'fine' }] }));
      const inserted = { title: 'fourth' };
      await manager.insert(Book, inserted);
      const found = await manager.findOneByOrFail(Book, { title: 'third' });
      for (const entity of [book, book.reviews[0], inserted, found]) {
        expect(entity).toHaveProperty('id');
        expect(Object.keys(entity ?? {})).not.toContain('tenantId');
        expect(JSON.stringify(entity)).not.toContain(acme);
      }
      await manager.save(Object.assign(book, { title: 'third, revised' }));
      const [{ tenant_id }] = await manager.query('select tenant_id from books where title = $1', [
        'third, revised',
      ]);
      expect(tenant_id).toBe(acme);
      await manager.delete(Book, [book.id, (inserted as Book).id]);
    }));

  it('shows the tenant where the entity declares it', () =>
    shop.asTenant(acme, async (manager) => {
      const tag = await manager.save(Tag, { name: 'shown' });
      expect(tag.tenantId).toBe(acme);
      expect((await manager.findOneByOrFail(Tag, { id: tag.id })).tenantId).toBe(acme);
      await manager.delete(Tag, tag.id);
    }));

  it.each<[string, (manager: EntityManager) => Promise<unknown>]>([
    ['save()', (manager) => manager.save(Tag, { name: 'smuggled', tenantId: globex })],
    ['insert()', (manager) => manager.insert(Tag, { name: 'smuggled', tenantId: globex })],
    [
      'insert() of a hidden id',
      (manager) => manager.insert(Book, { title: 'smuggled', tenantId: globex } as object),
    ],
    [
      'SQL',
      (manager) => manager.query('insert into books (title, tenant_id) values ($1, $2)', ['x', globex]),
    ],
    [
      'a join table',
      (manager) =>
        manager.query('insert into book_tags select b.id, t.id, $1 from books b, tags t', [globex]),
    ],
  ])('that names another tenant fails in PostgreSQL: %s', async (_door, insert) => {
    await expect(shop.asTenant(acme, insert)).rejects.toMatchObject({ code: '42501' });
  });

  it('upserts within the tenant', () =>
    shop.asTenant(acme, async (manager) => {
      const conflictPaths = ['tenantId', 'name'];
      await manager.upsert(
        Publisher,
        { name: 'The Press' },
        { conflictPaths, upsertType: 'on-conflict-do-update' },
      );
      expect(await manager.countBy(Publisher, { name: 'The Press' })).toBe(1);
    }));

  it('is unique per tenant', async () => {
    const again = shop.asTenant(acme, (manager) => manager.insert(Publisher, { name: 'The Press' }));
    await expect(again).rejects.toMatchObject({ code: '23505' });
  });

  it('needs a tenant of the catalog', async () => {
    const stranger = '00000000-0000-4000-8000-000000000000';
    const insert = shop.asTenant(stranger, (manager) => manager.insert(Tag, { name: 'orphan' }));
    await expect(insert).rejects.toMatchObject({ code: '23503' });
  });
});

it.each<[string, (manager: EntityManager) => Promise<unknown>]>([
  ['update()', (manager) => manager.update(Tag, { name: 'acme new' }, { tenantId: globex })],
  [
    'save()',
    async (manager) =>
      manager.save(Object.assign(await manager.findOneByOrFail(Tag, {}), { tenantId: globex })),
  ],
  [
    'a hidden id',
    (manager) =>
      manager
        .createQueryBuilder()
        .update(Book)
        .set({ tenantId: globex } as object)
        .execute(),
  ],
  ['SQL', (manager) => manager.query('update books set tenant_id = $1', [globex])],
])('does not move a row to another tenant: %s', async (_door, update) => {
  await expect(shop.asTenant(acme, update)).rejects.toMatchObject({ code: '42501' });
});

describe('without a tenant', () => {
  it.each(tables)('the role of rows sees nothing in %s', async (table) => {
    expect(await shop.asTenant('', (manager) => manager.query(`select from ${table}`))).toEqual([]);
  });

  it('the role of rows inserts nothing', async () => {
    const insert = shop.asTenant('', (manager) => manager.insert(Book, { title: 'nobody' }));
    await expect(insert).rejects.toMatchObject({ code: '42501' });
  });

  it('the owner of a table sees nothing either', async () => {
    await shop.dataSource.query(`alter table tags owner to ${shop.roles.owner}`);
    expect(await shop.asOwner((manager) => manager.query('select from tags'))).toEqual([]);
  });
});

describe('the system', () => {
  it("sees every tenant's rows", () =>
    shop.asSystem(async (manager) => {
      expect(await manager.count(Book)).toBe(4);
      expect(new Set((await manager.find(Tag)).map(({ tenantId }) => tenantId))).toEqual(
        new Set([acme, globex]),
      );
    }));

  it('inserts for the tenant it names', () =>
    shop.asSystem(async (manager) => {
      const tag = await manager.save(Tag, { name: 'by the system', tenantId: globex });
      expect(tag.tenantId).toBe(globex);
      await manager.delete(Tag, tag.id);
    }));

  it('inserts nothing for nobody', async () => {
    const insert = shop.asSystem((manager) => manager.insert(Book, { title: 'nobody' }));
    await expect(insert).rejects.toMatchObject({ code: '23502', driverError: { column: 'tenant_id' } });
  });

  it('cannot remove a tenant that has rows', async () => {
    const remove = shop.dataSource.query('delete from rowhouse.tenants where id = $1', [acme]);
    await expect(remove).rejects.toMatchObject({ code: expect.stringMatching(/^23(503|001)$/) });
  });
});

it('finds the rows of a tenant by the index', async () => {
  await shop.asSystem((manager) =>
    manager.query(
      `insert into reviews (text, tenant_id)
       select 'filler', case when n % 100 = 0 then $1::uuid else $2::uuid end from generate_series(1, 20000) n`,
      [acme, globex],
    ),
  );
  await shop.dataSource.query('analyze reviews');
  const plan: Array<Record<'QUERY PLAN', string>> = await shop.asTenant(acme, (manager) =>
    manager.query("explain select * from reviews where text = 'filler'"),
  );
  const text = plan.map((line) => line['QUERY PLAN']).join('\n');
  expect(text).toMatch(/InitPlan/);
  expect(text).toMatch(/Index Cond: \(tenant_id = /);
});
