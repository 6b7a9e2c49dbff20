/** @suite vectors */
import { TenantContext } from '@rowhouse/core';
import { type ChromaServer, startChroma } from '../../../../test/support/chroma.js';
import { makeTenant } from '../../../../test/support/tenants.js';
import { checkAgainstModel, checkFirstWriters } from '../collections.fixture.js';
import { TenantVectors } from '../tenant-vectors.js';
import type { VectorStore } from '../vector-store.js';
import { chromaDatabaseOf } from './chroma-databases.js';
import { chromaNameOf } from './chroma-names.js';
import { chromaStore } from './index.js';

describe('collections in Chroma', () => {
  const tenants = [makeTenant('acme'), makeTenant('globex'), makeTenant('initech')] as const;
  let chroma: ChromaServer;

  beforeAll(async () => {
    chroma = await startChroma();
  });

  afterAll(async () => {
    await chroma?.close();
  });

  describe.each([
    ['of one database', (): VectorStore => chromaStore(chroma.client)],
    ['of databases of tenants', (): VectorStore => chromaStore(chroma.databases)],
  ])('%s', (_, store) => {
    it('do what a model in memory does, for several tenants at a time', async () => {
      await checkAgainstModel({ store: store(), tenants }, 10);
    });

    it('are made once, however many write to them first', async () => {
      await checkFirstWriters({ store: store(), tenants });
    });
  });

  it('are in the database of their tenant alone, which goes with the last of them', async () => {
    const acme = makeTenant('acme');
    const globex = makeTenant('globex');
    const vectors = new TenantVectors({ store: chromaStore(chroma.databases) });
    const databases = async () => {
      const found = await chroma.databases.admin.listDatabases({
        tenant: 'default_tenant',
        limit: 100,
        offset: 0,
      });
      return found.map(({ name }) => name);
    };
    for (const tenant of [acme, globex])
      await TenantContext.run(tenant, () =>
        vectors.collection('memory').upsert([{ id: 'a', embedding: [1] }]),
      );
    expect(await chroma.client.listCollections({ limit: 100, offset: 0 })).not.toContainEqual(
      expect.objectContaining({ name: chromaNameOf(globex, 'memory') }),
    );
    expect(await databases()).toEqual(
      expect.arrayContaining([chromaDatabaseOf(acme), chromaDatabaseOf(globex)]),
    );
    for (let times = 0; times < 2; times += 1) await TenantContext.run(globex, () => vectors.purge());
    expect(await databases()).not.toContain(chromaDatabaseOf(globex));
    expect(await databases()).toContain(chromaDatabaseOf(acme));
    expect(await TenantContext.run(globex, () => vectors.collections())).toEqual([]);
    expect(await TenantContext.run(acme, () => vectors.collection('memory').count())).toBe(1);
    expect(await chromaStore(chroma.databases).check?.()).toEqual({ status: 'up' });
  });
});
