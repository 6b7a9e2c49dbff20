/** @suite pgvector */
import { TENANT_ISOLATIONS, type Tenant, TenantContext } from '@rowhouse/core';
import { describeAttacks } from '../attacks.fixture.js';
import { TenantVectors } from '../tenant-vectors.js';
import { type HomesWithVectors, openHomesWithVectors } from './homes-with-vectors.fixture.js';

describe('attacks on collections in pgvector', () => {
  let homes: HomesWithVectors;
  const of = (slug: string) => homes.tenants.find((tenant) => tenant.slug === slug) as Tenant;

  beforeAll(async () => {
    homes = await openHomesWithVectors();
  });

  afterAll(async () => {
    await homes?.close();
  });

  for (const isolation of TENANT_ISOLATIONS)
    describeAttacks(`with isolation ${isolation}`, () => ({
      store: homes.store,
      attacker: of(`${isolation}-a`),
      victim: of(`${isolation}-b`),
    }));

  describe.each(TENANT_ISOLATIONS)('by SQL of its own, with isolation %s', (isolation) => {
    it('reads and changes no row of the victim', async () => {
      const [attacker, victim] = [of(`${isolation}-a`), of(`${isolation}-b`)];
      const vectors = new TenantVectors({ store: homes.store });
      for (const tenant of [attacker, victim]) await TenantContext.run(tenant, () => vectors.purge());
      const memory = vectors.collection('memory');
      await TenantContext.run(victim, () => memory.upsert([{ id: 'a', embedding: [1, 0] }]));
      const sql = (text: string, values: unknown[] = []) =>
        TenantContext.run(attacker, () => homes.registry.ambient.query(text, values));
      expect(await sql('select * from vector_records')).toEqual([]);
      expect(await sql('select * from vector_collections')).toEqual([]);
      await sql('update vector_records set document = $1', ['mine']);
      await sql('delete from vector_collections where tenant_id = $1', [victim.id]);
      if (isolation === 'row')
        await expect(
          sql("insert into vector_collections values ($1, 'mine', 2, 'cosine')", [victim.id]),
        ).rejects.toMatchObject({ code: '42501' });
      const { records } = await TenantContext.run(victim, () => memory.get());
      expect(records).toEqual([{ id: 'a', embedding: [1, 0], document: undefined, metadata: {} }]);
    });
  });
});
