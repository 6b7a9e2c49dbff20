/** @suite typeorm03 */
import fc from 'fast-check';
import { checkSeeded } from '../../../../../test/support/seeded-property.js';
import { ISOLATIONS, openThreeHomes, type ThreeHomes } from '../three-homes.fixture.js';
import { entities, Thing } from './listing.fixture.js';
import type { PageOrder } from './page-order.js';
import { type EntityPage, Paginator } from './paginator.js';

const paginator = new Paginator({ secret: 'a secret of at least thirty-two characters' });

let homes: ThreeHomes;

beforeAll(async () => {
  homes = await openThreeHomes({ entities });
}, 60_000);

afterAll(() => homes.close());

interface Row {
  readonly label: string | null;
  readonly micros: number;
  readonly price: string | null;
  readonly weight: string | null;
}

const row: fc.Arbitrary<Row> = fc.record({
  label: fc.option(fc.constantFrom('a', 'B', 'b', 'ä', ' ', "'")),
  micros: fc.nat(3),
  price: fc.option(fc.constantFrom('0', '1e30', '0.000000000000000001', '-5', 'NaN')),
  weight: fc.option(fc.constantFrom('0', '-0', '0.1', 'Infinity', '-Infinity', 'NaN')),
});

const PROPERTIES = ['label', 'madeAt', 'price', 'weight', 'id', 'm.name'] as const;
type Sorting = { readonly direction: 'asc' | 'desc'; readonly nulls?: 'first' | 'last' };

const order = fc
  .tuple(
    fc.uniqueArray(fc.constantFrom(...PROPERTIES), { maxLength: 4 }),
    fc.array(
      fc.record<Sorting>(
        { direction: fc.constantFrom('asc', 'desc'), nulls: fc.constantFrom('first', 'last') },
        { requiredKeys: ['direction'] },
      ),
      { minLength: 4, maxLength: 4 },
    ),
  )
  .map(
    ([names, how]): PageOrder =>
      Object.fromEntries(names.map((name, index) => [name, how[index] as Sorting])),
  );

/** What somebody else does between two pages: rows that come and go, by a number that says which. */
const meddling = fc.array(fc.record({ row, removes: fc.nat() }), { maxLength: 6 });

const SQL: Readonly<Record<string, string>> = { madeAt: 'made_at', id: 't.id' };

/** The same order in SQL that was not made by the paginator. */
function sqlOf(order: PageOrder): string {
  const named = Object.entries(order as Record<string, Sorting>);
  const parts = named.map(
    ([name, { direction, nulls }]) => `${SQL[name] ?? name} ${direction} ${nulls ? `nulls ${nulls}` : ''}`,
  );
  return [...parts, `t.id ${named.at(-1)?.[1].direction ?? 'asc'}`].join(', ');
}

const insert = (id: number, { label, micros, price, weight }: Row) =>
  homes.ambient.query(
    `insert into things (id, label, made_at, price, serial, weight, token, size, "makerId")
     values ($1, $2, timestamptz '2026-01-01Z' + $3::int * interval '1 microsecond', $4, 1, $5, gen_random_uuid(), 'small', $6)`,
    [id, label, micros, price, weight, micros > 1 ? micros : null],
  );

/** The page at the end of a listing. */
async function lastOf(ask: (cursor: object) => Promise<EntityPage<Thing>>): Promise<EntityPage<Thing>> {
  let page = await ask({});
  while (page.nextCursor !== null) page = await ask({ after: page.nextCursor });
  return page;
}

describe.each(ISOLATIONS)('pages with isolation %s', (isolation) => {
  it('show each row that is there all along exactly once, in order, whatever comes and goes', async () => {
    const property = fc.asyncProperty(
      fc.record({
        rows: fc.array(row, { maxLength: 12 }),
        order,
        limit: fc.integer({ min: 1, max: 5 }),
        meddling,
        withParts: fc.boolean(),
        isBackward: fc.boolean(),
      }),
      ({ rows, order, limit, meddling, withParts, isBackward }) =>
        homes.as(homes.tenants[isolation], async () => {
          await homes.ambient.query('delete from things');
          await homes.ambient.query('delete from makers');
          await homes.ambient.query("insert into makers (id, name) values (2, 'x'), (3, 'X')");
          for (const [index, each] of rows.entries()) await insert(index, each);

          const gone = new Set<number>();
          const seen: number[] = [];
          const changes = [...meddling];
          const ask = (cursor: object) => {
            const query = homes.ambient
              .getRepository(Thing)
              .createQueryBuilder('t')
              .leftJoinAndSelect('t.maker', 'm');
            if (withParts) query.leftJoinAndSelect('t.parts', 'p');
            return paginator.paginate(query, { order, limit, ...cursor });
          };
          const end = isBackward ? await lastOf(ask) : undefined;
          if (end) seen.push(...end.items.map(({ id }) => id));
          let cursor: string | null | undefined = end?.previousCursor;
          while (cursor !== null) {
            const page: EntityPage<Thing> = await ask({ [isBackward ? 'before' : 'after']: cursor });
            expect(page.items.length).toBeLessThanOrEqual(limit);
            const ids = page.items.map(({ id }) => id);
            if (isBackward) seen.unshift(...ids);
            else seen.push(...ids);
            cursor = isBackward ? page.previousCursor : page.nextCursor;
            const change = changes.pop();
            if (change) {
              const id = change.removes % (rows.length + 1);
              gone.add(id);
              await homes.ambient.query('delete from things where id = $1', [id]);
              await insert(100 + changes.length, change.row);
            }
          }

          expect(new Set(seen).size).toBe(seen.length);
          const all: { id: number }[] = await homes.ambient.query(
            `select t.id from things t left join makers m on m.id = t."makerId" order by ${sqlOf(order)}`,
          );
          const stayed = all.map(({ id }) => id).filter((id) => id < 100 && !gone.has(id));
          expect(seen.filter((id) => id < 100 && !gone.has(id))).toEqual(stayed);
          const inOrder = all.map(({ id }) => id).filter((id) => seen.includes(id));
          expect(seen.filter((id) => inOrder.includes(id))).toEqual(inOrder);
        }),
    );
    await checkSeeded(property, { name: `pages, ${isolation}`, runs: 25 });
  }, 120_000);
});
