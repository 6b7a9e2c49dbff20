/** @suite pgvector */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { examine, TENANT_ISOLATIONS, type Tenant, TenantContext } from '@rowhouse/core';
import { exportToFile, importTenant } from '@rowhouse/transfer';
import type { NewVectorRecord } from '../records/vector-record.js';
import type { TenantCollection } from '../tenant-collection.js';
import { TenantVectors } from '../tenant-vectors.js';
import { type HomesWithVectors, openHomesWithVectors } from './homes-with-vectors.fixture.js';
import { searchStatement } from './pgvector-store.js';

/** More than PostgreSQL would rather sort. */
const MANY_RECORDS = 2_000;
const MANY = Array.from(
  { length: MANY_RECORDS },
  (_, i): NewVectorRecord => ({ id: `${i}`, embedding: [i, MANY_RECORDS - i], metadata: { number: i } }),
);

let homes: HomesWithVectors;

beforeAll(async () => {
  homes = await openHomesWithVectors([{ dimensions: 2, metric: 'cosine' }]);
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

describe.each(TENANT_ISOLATIONS)('collections in a home, with isolation %s', (isolation) => {
  let memory: TenantCollection;
  let tenant: Tenant;
  let other: Tenant;

  beforeAll(async () => {
    memory = new TenantVectors({ store: homes.store }).collection('memory');
    const of = (slug: string) => homes.tenants.find((each) => each.slug === slug) as Tenant;
    [tenant, other] = [of(`${isolation}-a`), of(`${isolation}-b`)];
    await TenantContext.run(tenant, () => memory.import(MANY));
    await TenantContext.run(other, () => memory.upsert(MANY.slice(0, 3)));
  });

  it('use the index for their shape', async () => {
    await (await homes.registry.directFor(tenant)).query('analyze vector_records');
    const facts = { name: 'memory', dimensions: 2, metric: 'cosine' } as const;
    const { text, values } = searchStatement(tenant, facts, { embedding: [1, 0], limit: 5 });
    const plan = await homes.registry.for(tenant).query(`explain ${text}`, values);
    expect(JSON.stringify(plan)).toContain('vector_records_cosine_2');
    const found = await TenantContext.run(tenant, () => memory.query({ embedding: [1, 0], limit: 5 }));
    expect(found).toHaveLength(5);
    expect(found[0]?.distance).toBeCloseTo(0, 4);
  });

  it('go into an archive, and out of it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'rowhouse-vectors-'));
    try {
      const path = join(folder, 'tenant.tar.gz');
      await exportToFile(homes.fleet, tenant, path);
      const { tenant: copy } = await importTenant(homes.fleet, path, { slug: `${isolation}-copy` });
      const [before, after] = await Promise.all(
        [tenant, copy].map((each) => TenantContext.run(each, () => memory.get({ limit: 1_000 }))),
      );
      expect(after).toEqual(before);
      expect(await TenantContext.run(copy, () => memory.count())).toBe(MANY.length);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('go with their tenant when it is purged, and with no other', async () => {
    await homes.fleet.tenants.delete(tenant.slug);
    await homes.fleet.tenants.purge(tenant.slug, { confirm: tenant.slug, beforeRetentionEnds: true });
    if (isolation === 'row') {
      const { rows } = await homes.pool.query('select from vector_records where tenant_id = $1', [tenant.id]);
      expect(rows).toEqual([]);
    }
    expect(await TenantContext.run(other, () => memory.count())).toBe(3);
  });

  it('are asked for in vain where the home has no tables', async () => {
    await (await homes.registry.directFor(other)).query('drop table vector_records, vector_collections');
    await expect(TenantContext.run(other, () => memory.count())).rejects.toMatchObject({
      code: 'VECTORS_NOT_PREPARED',
    });
  });
});
