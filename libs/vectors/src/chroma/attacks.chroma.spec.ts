/** @suite vectors */
import { TENANT_ISOLATIONS, type Tenant, TenantContext } from '@rowhouse/core';
import { type ChromaServer, startChroma } from '../../../../test/support/chroma.js';
import { makeTenant } from '../../../../test/support/tenants.js';
import { describeAttacks } from '../attacks.fixture.js';
import { TenantVectors } from '../tenant-vectors.js';
import { chromaNameOf } from './chroma-names.js';
import { chromaStore } from './index.js';

describe('attacks on collections in Chroma', () => {
  let chroma: ChromaServer;
  let victim: Tenant;
  let vectors: TenantVectors;

  beforeAll(async () => {
    chroma = await startChroma();
    vectors = new TenantVectors({ store: chromaStore(chroma.client) });
    victim = makeTenant('victim');
  });

  afterAll(async () => {
    await chroma?.close();
  });

  for (const isolation of TENANT_ISOLATIONS) {
    const attacker = makeTenant('attacker', { isolation });
    const theirs = makeTenant('theirs', { isolation });
    describeAttacks(`with isolation ${isolation}`, () => ({
      store: chromaStore(chroma.client),
      attacker,
      victim: theirs,
    }));
    describeAttacks(`with isolation ${isolation}, each in a database of Chroma of its own`, () => ({
      store: chromaStore(chroma.databases),
      attacker: makeTenant('attacker', { isolation }),
      victim: makeTenant('theirs', { isolation }),
    }));
  }

  it('uses no collection that others have made under a name of a tenant', async () => {
    const name = chromaNameOf(victim, 'forged');
    await chroma.client.createCollection({ name, embeddingFunction: null, metadata: { anything: 1 } });
    const forged = vectors.collection('forged');
    for (const call of [
      () => forged.get(),
      () => forged.upsert([{ id: 'a', embedding: [1] }]),
      () => forged.drop(),
    ])
      await expect(TenantContext.run<Promise<unknown>>(victim, call)).rejects.toMatchObject({
        code: 'ISOLATION_VIOLATION',
      });
    await chroma.client.deleteCollection({ name });
  });

  it('returns no record that others have written into a collection of a tenant', async () => {
    const memory = vectors.collection('memory');
    await TenantContext.run(victim, () => memory.upsert([{ id: 'a', embedding: [1, 0] }]));
    const there = await chroma.client.getCollection({ name: chromaNameOf(victim, 'memory') });
    const forge = (id: string, metadata: Record<string, string>) =>
      there.upsert({ ids: [id], embeddings: [[1, 0]], metadatas: [metadata], documents: ['forged'] });
    for (const [id, metadata] of [
      ['b', { kind: 'note' }],
      ['b', { rowhouse_tenant: makeTenant('other').id }],
    ] as const) {
      await forge(id, metadata);
      await expect(TenantContext.run(victim, () => memory.get())).rejects.toMatchObject({
        code: 'ISOLATION_VIOLATION',
      });
      await expect(
        TenantContext.run(victim, () => memory.query({ embedding: [1, 0] })),
      ).rejects.toMatchObject({ code: 'ISOLATION_VIOLATION' });
    }
    await TenantContext.run(victim, () => memory.delete({ ids: ['b'] }));
    expect((await TenantContext.run(victim, () => memory.get())).records).toHaveLength(1);
  });

  it('answers 503 when Chroma does not', async () => {
    const other = await startChroma();
    const memory = new TenantVectors({ store: chromaStore(other.client) }).collection('memory');
    await TenantContext.run(victim, () => memory.upsert([{ id: 'a', embedding: [1] }]));
    await other.close();
    await expect(TenantContext.run(victim, () => memory.count())).rejects.toMatchObject({
      code: 'VECTOR_STORE_UNAVAILABLE',
      status: 503,
    });
  });
});
