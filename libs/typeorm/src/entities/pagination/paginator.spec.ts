/** @suite typeorm03 postgres15 */
import type { Logger, SelectQueryBuilder } from 'typeorm';
import { ISOLATIONS, openThreeHomes, type ThreeHomes } from '../three-homes.fixture.js';
import { entities, Maker, Part, Thing } from './listing.fixture.js';
import type { PageOrder } from './page-order.js';
import { type EntityPage, Paginator } from './paginator.js';

const secret = 'a secret of at least thirty-two characters';
const paginator = new Paginator({ secret, maxLimit: 50 });

const byId = { order: { id: 'asc' }, limit: 1 } as const;

interface Sent {
  readonly text: string;
  readonly parameters?: Parameters<Logger['logQuery']>[1];
}
const sent: Sent[] = [];
const nothing = () => {};
const logger: Logger = {
  logQuery: (text, parameters) => sent.push({ text, parameters }),
  logQueryError: nothing,
  logQuerySlow: nothing,
  logSchemaBuild: nothing,
  logMigration: nothing,
  log: nothing,
};

let homes: ThreeHomes;

beforeAll(async () => {
  homes = await openThreeHomes({ entities, logger });
  const seed = async (offset: number) => {
    const { manager } = homes.ambient;
    await manager.query("insert into makers (id, name) values ($1, 'Ann'), ($2, 'Bob')", [
      offset + 1,
      offset + 2,
    ]);
    await manager.query(
      `insert into things (id, label, made_at, price, serial, weight, token, size, "makerId")
       select $1::int + n, case when n % 3 > 0 then 'label ' || n % 4 end,
         timestamptz '2026-03-29 00:59:59.999990Z' + n / 3 * interval '1 microsecond',
         case when n % 5 > 0 then n % 7 * 1e20 + 0.000000000000000001 end, 9007199254740990 + n / 2,
         case when n % 4 > 0 then n % 6 * 0.1 end, gen_random_uuid(), (array['small', 'large', 'huge'])[n % 3 + 1]::things_size_enum,
         case when n % 3 > 0 then $1::int + n % 3 end
       from generate_series(1, 25) n`,
      [offset],
    );
    await manager.query(
      `insert into parts (number, day, "thingId") select $1::int + n, date '2026-01-01' + m, $1::int + n
       from generate_series(1, 25) n, generate_series(1, 3) m`,
      [offset],
    );
  };
  const { schema, row, database, neighbour } = homes.tenants;
  for (const [tenant, offset] of [
    [schema, 0],
    [row, 0],
    [database, 0],
    [neighbour, 1_000],
  ] as const)
    await homes.as(tenant, () => seed(offset));
}, 60_000);

afterAll(() => homes.close());

const things = () => homes.ambient.getRepository(Thing).createQueryBuilder('t');

/** All pages, one after the other, to the end. And back: those before each are the same. */
async function pagesOf<T extends object>(
  query: () => SelectQueryBuilder<T>,
  order: PageOrder,
  limit: number,
) {
  const pages: T[][] = [];
  let after: string | null = null;
  let page: EntityPage<T>;
  do {
    page = await paginator.paginate(query(), { order, after, limit });
    expect([page.hasNext, page.hasPrevious]).toEqual([page.nextCursor !== null, pages.length > 0]);
    pages.push(page.items);
    after = page.nextCursor;
  } while (after !== null);
  for (let index = pages.length - 2; index >= 0; index -= 1) {
    expect(page.previousCursor).not.toBeNull();
    page = await paginator.paginate(query(), { order, before: page.previousCursor, limit });
    expect(page.items).toEqual(pages[index]);
    expect([page.hasPrevious, page.hasNext]).toEqual([index > 0, true]);
    const next = await paginator.paginate(query(), { order, after: page.nextCursor, limit });
    expect(next.items).toEqual(pages[index + 1]);
  }
  expect(page.previousCursor).toBeNull();
  return pages;
}

/** The ids in the order that PostgreSQL itself sorts by. */
const sorted = async (sql: string): Promise<number[]> =>
  (
    await homes.ambient.query(
      `select t.id from things t left join makers m on m.id = t."makerId" order by ${sql}`,
    )
  ).map(({ id }: { id: number }) => id);

describe.each(ISOLATIONS)('pages of a tenant with isolation %s', (isolation) => {
  const as = <T>(work: () => Promise<T>) => homes.as(homes.tenants[isolation], work);

  it.each<[string, PageOrder, string]>([
    ['microseconds', { madeAt: 'desc' }, 'made_at desc, t.id desc'],
    ['numbers larger than those of JavaScript', { serial: 'asc' }, 'serial, t.id'],
    ['exact numbers and nulls', { price: 'asc' }, 'price, t.id'],
    ['nulls first', { price: { direction: 'asc', nulls: 'first' } }, 'price nulls first, t.id'],
    [
      'floats, nulls of descending order last',
      { weight: { direction: 'desc', nulls: 'last' } },
      'weight desc nulls last, t.id desc',
    ],
    ['uuids', { token: 'asc' }, 'token'],
    ['an enum in its own order', { size: 'desc', label: 'asc' }, 'size desc, label, t.id'],
    [
      'texts by their collation, both directions',
      { label: 'desc', madeAt: 'asc' },
      'label desc, made_at, t.id',
    ],
    ['the key in the middle', { size: 'asc', id: 'desc', label: 'asc' }, 'size, t.id desc'],
  ])('have each row once, in order: %s', async (_what, order, sql) => {
    await as(async () => {
      const pages = await pagesOf(things, order, 4);
      expect(pages.flat().map(({ id }) => id)).toEqual(await sorted(sql));
      expect(pages.map(({ length }) => length)).toEqual([4, 4, 4, 4, 4, 4, 1]);
    });
  });

  it('keep conditions, also those joined by or', () =>
    as(async () => {
      const query = () => things().where('t.id < 4').orWhere('t.id > 20 or t.id = :id', { id: 7 });
      const pages = await pagesOf(query, { id: 'asc' }, 2);
      expect(pages.flat().map(({ id }) => id)).toEqual([1, 2, 3, 7, 21, 22, 23, 24, 25]);
    }));

  it('are sorted by a relation to one', () =>
    as(async () => {
      const query = () => things().leftJoinAndSelect('t.maker', 'm');
      const pages = await pagesOf(query, { 'm.name': 'desc', madeAt: 'asc' }, 3);
      expect(pages.flat().map(({ id }) => id)).toEqual(await sorted('m.name desc, made_at, t.id'));
      expect(pages.flat().filter(({ maker }) => maker)).toHaveLength(17);
    }));

  it('have all that belongs to their rows', () =>
    as(async () => {
      const query = () =>
        things().leftJoinAndSelect('t.parts', 'p').leftJoinAndSelect('t.maker', 'm').where('p.day > :day', {
          day: '2026-01-02',
        });
      const pages = await pagesOf(query, { madeAt: 'desc' }, 4);
      expect(pages.flat().map(({ id }) => id)).toEqual(await sorted('made_at desc, t.id desc'));
      expect(pages.flat().every(({ parts }) => parts.length === 2)).toBe(true);
    }));

  it('know rows by keys of several columns', () =>
    as(async () => {
      const query = () =>
        homes.ambient
          .getRepository(Part)
          .createQueryBuilder('p')
          .innerJoinAndSelect('p.thing', 't')
          .leftJoinAndSelect('t.parts', 'others')
          .where('p.number < 6');
      const pages = await pagesOf(query, { day: 'desc' }, 4);
      const found = pages.flat().map(({ number, day, thing }) => `${day} ${number} ${thing.parts.length}`);
      const days = ['2026-01-04', '2026-01-03', '2026-01-02'];
      expect(found).toEqual(days.flatMap((day) => [5, 4, 3, 2, 1].map((number) => `${day} ${number} 3`)));
    }));

  it('are read in the transaction of the query, and by the data source of the tenant', async () => {
    const first = await as(async () => {
      const runner = homes.ambient.createQueryRunner();
      await runner.startTransaction();
      try {
        await runner.manager.delete(Thing, { id: 1 });
        return await paginator.paginate(runner.manager.createQueryBuilder(Thing, 't'), byId);
      } finally {
        await runner.rollbackTransaction();
        await runner.release();
      }
    });
    expect(first.items.map(({ id }) => id)).toEqual([2]);
    const own = homes.registry.for(homes.tenants[isolation]).createQueryBuilder(Thing, 't');
    const second = await paginator.paginate(own, { ...byId, after: first.nextCursor });
    expect(second.items.map(({ id }) => id)).toEqual([3]);
  });

  it('begin in the index, at their place, forward and backward', () =>
    as(async () => {
      const order = { madeAt: 'desc' } as const;
      const planOf = async ({ text, parameters }: Sent) => {
        const plan = await homes.ambient.transaction(async (manager) => {
          await manager.query('set local enable_seqscan = off');
          await manager.query('set local enable_bitmapscan = off');
          return await manager.query(`explain (costs off) ${text}`, parameters);
        });
        return plan.map((line: Record<string, string>) => line['QUERY PLAN']).join('\n');
      };
      const { nextCursor: after } = await paginator.paginate(things(), { order, limit: 5 });
      sent.length = 0;
      const { previousCursor: before } = await paginator.paginate(things(), { order, limit: 5, after });
      await paginator.paginate(things(), { order, limit: 5, before });
      // The page, and whether there are rows on its other side; then the page before, and that.
      const ways = ['<', '>', '>', '<'];
      const statements = sent.splice(0);
      expect(statements).toHaveLength(ways.length);
      for (const [index, way] of ways.entries()) {
        const lines = await planOf(statements[index] as Sent);
        expect(lines).toMatch(/Index (Only )?Scan (Backward )?using "IDX_\w+" on things/);
        expect(lines).toMatch(new RegExp(`Index Cond: .*ROW\\(made_at, id\\) ${way} ROW\\(`));
        expect(lines).not.toContain('Sort');
      }
    }));
});

describe('a cursor', () => {
  const inSchema = <T>(work: () => Promise<T>) => homes.as(homes.tenants.schema, work);
  const cursorOf = async (order: PageOrder = { id: 'asc' }) =>
    (await paginator.paginate(things(), { order, limit: 1 })).nextCursor as string;
  const invalid = { code: 'CURSOR_INVALID', status: 400 };

  it('is good for its tenant alone', async () => {
    const { row, neighbour, schema } = homes.tenants;
    const after = await homes.as(row, () => cursorOf());
    for (const other of [neighbour, schema]) {
      for (const cursor of [{ after }, { before: after }])
        await expect(
          homes.as(other, () => paginator.paginate(things(), { ...byId, ...cursor })),
        ).rejects.toMatchObject(invalid);
      const own = homes.registry.for(other).createQueryBuilder(Thing, 't');
      await expect(homes.as(row, () => paginator.paginate(own, { ...byId, after }))).rejects.toMatchObject(
        invalid,
      );
    }
    const page = await homes.as(row, () => paginator.paginate(things(), { ...byId, after }));
    expect(page.items.map(({ id }) => id)).toEqual([2]);
  });

  it('is good for its entity and its order alone', () =>
    inSchema(async () => {
      const after = await cursorOf({ madeAt: 'asc' });
      const orders: PageOrder[] = [{ madeAt: 'desc' }, { madeAt: 'asc', price: 'asc' }, { serial: 'asc' }];
      for (const order of orders)
        await expect(paginator.paginate(things(), { order, after })).rejects.toMatchObject(invalid);
      const makers = homes.ambient.getRepository(Maker).createQueryBuilder('t');
      await expect(paginator.paginate(makers, { ...byId, after: await cursorOf() })).rejects.toMatchObject(
        invalid,
      );
    }));

  it('cannot be made up or changed', () =>
    inSchema(async () => {
      const after = await cursorOf();
      const both = { ...byId, after, before: after };
      await expect(paginator.paginate(things(), both)).rejects.toMatchObject(invalid);
      const [payload = '', signature = ''] = after.split('.');
      const other = Buffer.from('["7"]').toString('base64url');
      for (const wrong of [
        '',
        '.',
        payload,
        `${other}.${signature}`,
        `${payload}.`,
        `${after}.x`,
        'é',
        `${after}A`,
      ])
        for (const way of ['after', 'before'])
          await expect(paginator.paginate(things(), { ...byId, [way]: wrong })).rejects.toMatchObject(
            invalid,
          );
    }));

  it('outlives the rotation of its secret', () =>
    inSchema(async () => {
      const after = await cursorOf();
      const next = 'another secret of thirty-two characters';
      const rotated = new Paginator({ secret: [next, secret] });
      const { items, nextCursor } = await rotated.paginate(things(), { ...byId, after });
      expect(items.map(({ id }) => id)).toEqual([2]);
      await expect(paginator.paginate(things(), { ...byId, after: nextCursor })).rejects.toMatchObject(
        invalid,
      );
    }));

  it('is for a tenant, or the system: without a context there is none', async () => {
    await expect(paginator.paginate(things(), byId)).rejects.toMatchObject({
      code: 'TENANT_CONTEXT_MISSING',
    });
  });
});

describe('a paginator', () => {
  const inSchema = <T>(work: () => Promise<T>) => homes.as(homes.tenants.schema, work);

  it.each([0, -1, 1.5, 51, Number.NaN])('refuses the limit %s', (limit) =>
    inSchema(async () => {
      await expect(paginator.paginate(things(), { ...byId, limit })).rejects.toMatchObject({
        code: 'PAGE_LIMIT_INVALID',
        status: 400,
        detail: 'limit: expected a whole number from 1 to 50',
      });
    }),
  );

  it('gives pages of 20, where nothing else is asked for', () =>
    inSchema(async () => {
      expect((await paginator.paginate(things(), { order: {} })).items).toHaveLength(20);
    }));

  it.each<[string, (query: SelectQueryBuilder<Thing>) => SelectQueryBuilder<Thing>, PageOrder]>([
    ['orderBy', (query) => query.orderBy('t.id'), {}],
    ['limit', (query) => query.limit(1), {}],
    ['take', (query) => query.take(1), {}],
    ['skip', (query) => query.skip(1), {}],
    ['offset', (query) => query.offset(1), {}],
    ['groupBy', (query) => query.groupBy('t.id'), {}],
    ['distinct', (query) => query.distinct(), {}],
    ['setFindOptions', (query) => query.setFindOptions({ where: { id: 1 } }), {}],
    ['select', (query) => query.select('t.label'), {}],
    ['order.colour', (query) => query, { colour: 'asc' }],
    ['order.p.day', (query) => query.leftJoin('t.parts', 'p'), { 'p.day': 'asc' }],
  ])('refuses a query or an order that has no pages: %s', (field, change, order) =>
    inSchema(async () => {
      await expect(paginator.paginate(change(things()), { order })).rejects.toMatchObject({
        code: 'OPTIONS_INVALID',
        fields: [{ field }],
      });
    }),
  );

  it('takes a part of the columns, with the key', () =>
    inSchema(async () => {
      const query = () => things().select(['t.id', 't.label']);
      const pages = await pagesOf(query, { serial: 'asc' }, 10);
      expect(pages.flat().map(({ id }) => id)).toEqual(await sorted('serial, t.id'));
      expect(pages.flat()[0]).toEqual({ id: 1, label: 'label 1' });
    }));

  it('needs a secret that nobody guesses', () => {
    expect(() => new Paginator({ secret: 'short' })).toThrow(/secret: expected at least 32 characters/);
  });
});
