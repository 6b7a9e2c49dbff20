import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { examine, TENANT_ISOLATIONS, type Tenant, TenantContext } from '@rowhouse/core';
import { exportToFile, importTenant } from '@rowhouse/transfer';
import { describeAttacks } from '../attacks.fixture.js';
import { checkAgainstModel, checkFirstWriters } from '../collections.fixture.js';
import type { TenantCollection } from '../tenant-collection.js';
import { TenantVectors } from '../tenant-vectors.js';
import type { HomeStoreName } from './embedding-type.js';
import { type HomesWithVectors, openHomesWithVectors } from './homes-with-vectors.fixture.js';

/** What holds for collections in homes, whichever type their embeddings have. */
export function describeCollectionsInHomes(name: HomeStoreName): void {
  let homes: HomesWithVectors;

  beforeAll(async () => {
    homes = await openHomesWithVectors(name);
  });

  afterAll(async () => {
    await homes?.close();
  });

  it('leave the doctor nothing to find fault with', async () => {
    const { database, tenancy } = homes;
    const { checks } = await examine({
      app: { connectionString: database.loginUrl, ...tenancy },
      owner: { url: database.url },
    });
    expect(JSON.stringify(checks.filter(({ status }) => status === 'fail'))).toBe('[]');
    expect(checks.length).toBeGreaterThan(10);
  });

  for (const isolation of TENANT_ISOLATIONS)
    describeAttacks(`attacked with isolation ${isolation}`, () => ({
      store: homes.store,
      attacker: homes.tenant(isolation, 'a'),
      victim: homes.tenant(isolation, 'b'),
    }));

  it('do what a model in memory does, for a tenant with a schema, with rows, and with a database', async () => {
    await checkAgainstModel(homes, 10);
  });

  it('are made once, however many write to them first', async () => {
    await checkFirstWriters(homes);
  });

  describe.each(TENANT_ISOLATIONS)('of a tenant with isolation %s', (isolation) => {
    let memory: TenantCollection;
    let tenant: Tenant;
    let other: Tenant;

    beforeAll(async () => {
      const vectors = new TenantVectors({ store: homes.store });
      memory = vectors.collection('memory');
      [tenant, other] = [homes.tenant(isolation, 'a'), homes.tenant(isolation, 'b')];
      for (const each of [tenant, other]) await TenantContext.run(each, () => vectors.purge());
      await TenantContext.run(other, () => memory.upsert([{ id: 'a', embedding: [1, 0] }]));
    });

    it('are read and changed by no SQL of another', async () => {
      const sql = (text: string, values: unknown[] = []) =>
        TenantContext.run(tenant, () => homes.registry.ambient.query(text, values));
      expect(await sql('select * from vector_records')).toEqual([]);
      expect(await sql('select * from vector_collections')).toEqual([]);
      await sql('update vector_records set document = $1', ['mine']);
      await sql('delete from vector_collections where tenant_id = $1', [other.id]);
      if (isolation === 'row')
        await expect(
          sql("insert into vector_collections values ($1, 'mine', 2, 'cosine')", [other.id]),
        ).rejects.toMatchObject({ code: '42501' });
      const { records } = await TenantContext.run(other, () => memory.get());
      expect(records).toEqual([{ id: 'a', embedding: [1, 0], document: undefined, metadata: {} }]);
    });

    it('go into an archive, and out of it', async () => {
      const numbers = [0.1, -3.4e38, 1e-45, 1 / 3].map(Math.fround);
      await TenantContext.run(tenant, () =>
        memory.upsert([
          { id: 'a', embedding: numbers, document: 'one', metadata: { year: 2026 } },
          { id: 'b', embedding: [1, 2, 3, 4] },
        ]),
      );
      const folder = mkdtempSync(join(tmpdir(), 'rowhouse-vectors-'));
      try {
        const path = join(folder, 'tenant.tar.gz');
        await exportToFile(homes.fleet, tenant, path);
        const { tenant: copy } = await importTenant(homes.fleet, path, { slug: `${isolation}-copy` });
        const [before, after] = await Promise.all(
          [tenant, copy].map((each) => TenantContext.run(each, () => memory.get())),
        );
        expect(after).toEqual(before);
        expect(after?.records.map(({ embedding }) => embedding.map(Math.fround))).toEqual([
          numbers,
          [1, 2, 3, 4],
        ]);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });

    it('go with their tenant when it is purged, and with no other', async () => {
      await homes.fleet.tenants.delete(tenant.slug);
      await homes.fleet.tenants.purge(tenant.slug, { confirm: tenant.slug, beforeRetentionEnds: true });
      if (isolation === 'row') {
        const { rows } = await homes.pool.query('select from vector_records where tenant_id = $1', [
          tenant.id,
        ]);
        expect(rows).toEqual([]);
      }
      expect(await TenantContext.run(other, () => memory.count())).toBe(1);
    });

    it('are asked for in vain where the home has no tables', async () => {
      await (await homes.registry.directFor(other)).query('drop table vector_records, vector_collections');
      await expect(TenantContext.run(other, () => memory.count())).rejects.toMatchObject({
        code: 'VECTORS_NOT_PREPARED',
      });
    });
  });
}
