import type { Tenant } from '@rowhouse/core';
import { TenantContext } from '@rowhouse/core';
import fc from 'fast-check';
import { checkSeeded } from '../../../test/support/seeded-property.js';
import type { Metric } from './records/collection-facts.js';
import type { VectorFilter } from './records/filter.js';
import type { NewVectorRecord, VectorMetadata } from './records/vector-record.js';
import { TenantVectors } from './tenant-vectors.js';
import type { VectorStore } from './vector-store.js';

/** What the suite of each store is told. */
export interface StoreUnderTest {
  readonly store: VectorStore;
  /** Three at least. */
  readonly tenants: readonly [Tenant, Tenant, Tenant, ...Tenant[]];
}

const distances: Record<Metric, (a: readonly number[], b: readonly number[]) => number> = {
  cosine: (a, b) => 1 - dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b)),
  l2: (a, b) => Math.sqrt(a.reduce((sum, each, i) => sum + (each - (b[i] ?? 0)) ** 2, 0)),
  ip: (a, b) => -dot(a, b),
};

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, each, i) => sum + each * (b[i] ?? 0), 0);
}

/** What a filter means. */
export function fits(metadata: VectorMetadata, filter: VectorFilter): boolean {
  if ('and' in filter) return (filter.and as readonly VectorFilter[]).every((each) => fits(metadata, each));
  if ('or' in filter) return (filter.or as readonly VectorFilter[]).some((each) => fits(metadata, each));
  return Object.entries(filter).every(([field, wanted]) => {
    const value = Object.hasOwn(metadata, field) ? metadata[field] : undefined;
    if (typeof wanted !== 'object') return value === wanted;
    return Object.entries(wanted).every(([operator, bound]) => {
      const isNumber = typeof value === 'number';
      switch (operator) {
        case 'eq':
          return value === bound;
        case 'ne':
          return value !== bound;
        case 'in':
          return (bound as unknown[]).includes(value);
        case 'notIn':
          return !(bound as unknown[]).includes(value);
        case 'gt':
          return isNumber && value > Number(bound);
        case 'gte':
          return isNumber && value >= Number(bound);
        case 'lt':
          return isNumber && value < Number(bound);
        default:
          return isNumber && value <= Number(bound);
      }
    });
  });
}

const field = fc.constantFrom('kind', 'year', 'score', 'Open');
const number = fc.oneof(
  fc.integer({ min: -3, max: 3 }),
  fc.constantFrom(0.5, -0.5, 1e-9, 2.25, 2 ** 53 - 1, -(2 ** 53 - 1), 2 ** 51, 0.123456789012345),
);
const value = fc.oneof(
  number,
  fc.boolean(),
  fc.constantFrom('', 'note', 'Note', "it's", '$eq', 'ü🙂', 'true', '1'),
);
const metadata = fc.dictionary(field, value, { maxKeys: 3 });
const comparison = fc.oneof(
  fc.record({ eq: value }),
  fc.record({ ne: value }),
  fc.record({ in: fc.array(value, { minLength: 1, maxLength: 3 }) }),
  fc.record({ notIn: fc.array(value, { minLength: 1, maxLength: 3 }) }),
  fc.record({ gt: number }),
  fc.record({ gte: number, lt: number }),
  fc.record({ lte: number }),
);
const fields = fc.dictionary(field, fc.oneof(value, comparison), { minKeys: 1, maxKeys: 2 });
const filter: fc.Arbitrary<VectorFilter> = fc.oneof(
  fields,
  fc.record({ and: fc.array(fields, { minLength: 1, maxLength: 2 }) }),
  fc.record({ or: fc.array(fields, { minLength: 1, maxLength: 2 }) }),
) as fc.Arbitrary<VectorFilter>;

const id = fc.constantFrom('a', 'b', 'c', "d'; --", 'ü');
const embedding = fc
  .array(fc.integer({ min: -4, max: 4 }), { minLength: 2, maxLength: 2 })
  .filter((numbers) => numbers.some((each) => each !== 0));
const record = fc.record({
  id,
  embedding,
  document: fc.option(fc.constantFrom('one', 'two $1', 'ß'), { nil: undefined }),
  metadata,
});

type Step =
  | { readonly do: 'upsert'; readonly records: readonly NewVectorRecord[] }
  | {
      readonly do: 'query';
      readonly embedding: readonly number[];
      readonly where: VectorFilter | undefined;
      readonly limit: number;
    }
  | {
      readonly do: 'get';
      readonly ids: readonly string[] | undefined;
      readonly where: VectorFilter | undefined;
    }
  | {
      readonly do: 'delete';
      readonly ids: readonly string[] | undefined;
      readonly where: VectorFilter | undefined;
    }
  | { readonly do: 'drop' | 'list' | 'purge' };

const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const ids = fc.uniqueArray(id, { maxLength: 3 });
const records = fc.uniqueArray(record, { selector: (each) => each.id, minLength: 1, maxLength: 4 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('upsert' as const), records }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('query' as const),
      embedding,
      where: maybe(filter),
      limit: fc.integer({ min: 1, max: 6 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('get' as const), ids: maybe(ids), where: maybe(filter) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('delete' as const), ids, where: maybe(filter) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom('drop' as const, 'list' as const, 'purge' as const) }),
  },
);

/** Steps of several tenants in a few collections, one after the other, beside a model in memory. */
export async function checkAgainstModel({ store, tenants }: StoreUnderTest, runs: number): Promise<void> {
  const vectors = new TenantVectors({ store });
  const names: Record<string, Metric> = { memory: 'cosine', places: 'l2', scores: 'ip' };
  const command = fc.record({
    who: fc.nat(tenants.length - 1),
    name: fc.constantFrom(...Object.keys(names)),
    step,
  });
  const property = fc.asyncProperty(fc.array(command, { minLength: 5, maxLength: 25 }), async (commands) => {
    for (const tenant of tenants) await TenantContext.run(tenant, () => vectors.purge());
    const model = new Map<string, Map<string, NewVectorRecord>>();
    for (const { who, name, step: next } of commands) {
      const tenant = tenants[who] as Tenant;
      const key = `${who} ${name}`;
      await TenantContext.run(tenant, async () => {
        const collection = vectors.collection(name, { metric: names[name] });
        const known = [...(model.get(key)?.values() ?? [])];
        const chosen = (step: { ids?: readonly string[] | undefined; where?: VectorFilter | undefined }) =>
          known.filter(
            (each) =>
              (!step.ids || step.ids.includes(each.id)) &&
              (!step.where || fits(each.metadata ?? {}, step.where)),
          );
        switch (next.do) {
          case 'upsert': {
            await collection.upsert(next.records);
            const entries = model.get(key) ?? new Map();
            for (const each of next.records) entries.set(each.id, each);
            model.set(key, entries);
            break;
          }
          case 'query': {
            const distance = (each: NewVectorRecord) =>
              distances[names[name] as Metric](each.embedding ?? [], next.embedding);
            const expected = chosen(next).map((each) => ({ each, distance: distance(each) }));
            expected.sort((a, b) => a.distance - b.distance);
            const found = await collection.query({
              embedding: next.embedding,
              where: next.where,
              limit: next.limit,
            });
            expect(found.map((match) => match.distance)).toEqual(
              expected.slice(0, next.limit).map((match) => expect.closeTo(match.distance, 4)),
            );
            for (const match of found) {
              const stored = expected.find(({ each }) => each.id === match.id)?.each;
              expect({ document: match.document, metadata: match.metadata }).toEqual({
                document: stored?.document,
                metadata: stored?.metadata,
              });
            }
            break;
          }
          case 'get': {
            const found = await collection.get({ ids: next.ids, where: next.where });
            expect(sorted(found.records)).toEqual(
              sorted(chosen(next)).map((each) => ({
                ...each,
                // Chroma keeps a vector of a cosine collection as its direction and its length.
                embedding: each.embedding?.map((number) => expect.closeTo(number, 5)),
              })),
            );
            break;
          }
          case 'delete': {
            await collection.delete({ ids: next.ids, where: next.where });
            for (const each of chosen(next)) model.get(key)?.delete(each.id);
            break;
          }
          case 'drop': {
            await collection.drop();
            model.delete(key);
            break;
          }
          case 'purge': {
            await vectors.purge();
            for (const each of Object.keys(names)) model.delete(`${who} ${each}`);
            break;
          }
          case 'list': {
            const expected = Object.keys(names).flatMap((each) => {
              const entries = model.get(`${who} ${each}`);
              return entries ? [{ name: each, dimensions: 2, metric: names[each], count: entries.size }] : [];
            });
            expect(await vectors.collections()).toEqual(expected);
          }
        }
      });
    }
  });
  await checkSeeded(property, { name: `collections in ${store.name}`, runs });
}

function sorted<T extends { readonly id: string }>(records: readonly T[]): T[] {
  return [...records].sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** Many who write to a collection that is not there yet make one collection, with the records of all. */
export async function checkFirstWriters({ store, tenants: [tenant] }: StoreUnderTest): Promise<void> {
  const vectors = new TenantVectors({ store });
  await TenantContext.run(tenant, async () => {
    const ids = ['a', 'b', 'c', 'd', 'e', 'f'];
    const write = (id: string) => vectors.collection('first').upsert([{ id, embedding: [1, 2] }]);
    await Promise.all(ids.map(write));
    expect((await vectors.collections()).filter(({ name }) => name === 'first')).toEqual([
      { name: 'first', dimensions: 2, metric: 'cosine', count: ids.length },
    ]);
    await vectors.collection('first').drop();
  });
}
