/** @suite pgvector */
import { TENANT_ISOLATIONS, TenantContext } from '@rowhouse/core';
import type { NewVectorRecord } from '../records/vector-record.js';
import { TenantVectors } from '../tenant-vectors.js';
import { searchStatement } from './home-vector-store.js';
import { type HomesWithVectors, openHomesWithVectors } from './homes-with-vectors.fixture.js';
import { pgvectorMigration } from './vector-tables-migration.js';

/** More than PostgreSQL would rather sort. */
const MANY_RECORDS = 2_000;
const MANY = Array.from(
  { length: MANY_RECORDS },
  (_, i): NewVectorRecord => ({ id: `${i}`, embedding: [i, MANY_RECORDS - i], metadata: { number: i } }),
);
const METRICS = ['cosine', 'l2', 'ip'] as const;

describe('collections of the store exact that are changed to pgvector', () => {
  let homes: HomesWithVectors;
  let changed: Awaited<ReturnType<HomesWithVectors['deploy']>>;

  beforeAll(async () => {
    homes = await openHomesWithVectors('exact');
    const vectors = new TenantVectors({ store: homes.store });
    for (const tenant of homes.tenants)
      await TenantContext.run(tenant, async () => {
        for (const metric of METRICS) await vectors.collection(metric, { metric }).import(MANY);
      });
    changed = await homes.deploy('pgvector', [
      pgvectorMigration({ timestamp: 1_764_000_000_002, indexes: [{ dimensions: 2, metric: 'cosine' }] }),
    ]);
  });

  afterAll(async () => {
    await homes?.close();
  });

  const found = (store: HomesWithVectors['store']) =>
    Promise.all(
      METRICS.map(async (metric) => {
        const records = new TenantVectors({ store }).collection(metric, { metric });
        const matches = await records.query({
          embedding: [3, 1],
          limit: 5,
          where: { number: { lt: 1_000 } },
        });
        return { matches, ...(await records.get({ limit: 3 })) };
      }),
    );
  const near = (answers: Awaited<ReturnType<typeof found>>) =>
    answers.map(({ matches, ...page }) => ({
      ...page,
      matches: matches.map((match) => ({ ...match, distance: expect.closeTo(match.distance, 4) })),
    }));

  it('answer the same before and after, to instances with either store', async () => {
    const before = await Promise.all(
      homes.tenants.map((each) => TenantContext.run(each, () => found(homes.store))),
    );
    for (const answers of before) expect(answers[0]?.matches).toHaveLength(5);
    expect(await changed.fleet.migrations.run()).toMatchObject({ state: 'succeeded' });
    for (const [index, tenant] of homes.tenants.entries())
      await TenantContext.run(tenant, async () => {
        for (const store of [homes.store, changed.store]) {
          const records = new TenantVectors({ store }).collection('cosine');
          await records.upsert([{ id: 'new', embedding: [1, 0] }]);
          await records.delete({ ids: ['new'] });
          expect(await found(store)).toEqual(near(before[index] ?? []));
        }
      });
  });

  it.each(TENANT_ISOLATIONS)('use the index for their shape, with isolation %s', async (isolation) => {
    const tenant = homes.tenant(isolation, 'a');
    await (await changed.registry.directFor(tenant)).query('analyze vector_records');
    const facts = { name: 'cosine', dimensions: 2, metric: 'cosine' } as const;
    const { text, values } = searchStatement('pgvector', tenant, facts, { embedding: [1, 0], limit: 5 });
    const plan = await changed.registry.for(tenant).query(`explain ${text}`, values);
    expect(JSON.stringify(plan)).toContain('vector_records_cosine_2');
  });

  it('are changed back', async () => {
    expect(await changed.fleet.migrations.revert({ steps: 1 })).toMatchObject({ state: 'succeeded' });
    await TenantContext.run(homes.tenants[0], async () =>
      expect((await found(homes.store))[1]?.matches).toHaveLength(5),
    );
  });
});
