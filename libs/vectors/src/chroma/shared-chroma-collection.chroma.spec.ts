/** @suite vectors */
import { TenantContext } from '@rowhouse/core';
import { type ChromaServer, startChroma } from '../../../../test/support/chroma.js';
import { makeTenant } from '../../../../test/support/tenants.js';
import { TenantVectors } from '../tenant-vectors.js';
import { chromaStore, sharedChromaCollection } from './index.js';

describe('a collection that all tenants have shared', () => {
  const [acme, globex] = [makeTenant('acme'), makeTenant('globex')];
  const slugs = { acme, globex };
  let chroma: ChromaServer;
  let vectors: TenantVectors;

  beforeAll(async () => {
    chroma = await startChroma();
    vectors = new TenantVectors({ store: chromaStore(chroma.client) });
    const shared = await chroma.client.createCollection({ name: 'memory_long', embeddingFunction: null });
    const numbers = Array.from({ length: 1_201 }, (_, i) => i);
    await shared.add({
      ids: numbers.map((i) => `id-${i}`),
      embeddings: numbers.map((i) => [i % 7, 1 + (i % 11)]),
      documents: numbers.map((i) => `document ${i}`),
      metadatas: numbers.map((i) => ({ owner: ['acme', 'globex', 'gone'][i % 3] ?? '', number: i })),
    });
  });

  afterAll(async () => {
    await chroma?.close();
  });

  const from = () => sharedChromaCollection(chroma.client, 'memory_long');
  const counts = (name: string) =>
    Promise.all(
      [acme, globex].map((tenant) => TenantContext.run(tenant, () => vectors.collection(name).count())),
    );

  it('becomes one of each tenant, by what a function says of each record', async () => {
    const report = await vectors.migrateShared({
      from: from(),
      to: 'memory',
      tenant: ({ metadata }) => slugs[metadata?.['owner'] as keyof typeof slugs],
    });
    expect(report).toEqual({ copied: 801, skipped: 400, next: undefined });
    expect(await counts('memory')).toEqual([401, 400]);
    const memory = vectors.collection('memory');
    const { records } = await TenantContext.run(globex, () => memory.get({ where: { number: 4 } }));
    expect(records).toEqual([
      { id: 'id-4', embedding: [4, 5], document: 'document 4', metadata: { owner: 'globex', number: 4 } },
    ]);
    const exported = [];
    for await (const { id } of TenantContext.run(acme, () => memory.export())) exported.push(id);
    expect(new Set(exported).size).toBe(401);
  });

  it('goes on where a run has stopped, and may be repeated', async () => {
    const migrate = (after?: string, stopAt = Number.POSITIVE_INFINITY) => {
      const told: (string | undefined)[] = [];
      const onProgress = ({ next }: { next: string | undefined }) => {
        told.push(next);
        if (told.length === stopAt) throw new Error('killed');
      };
      const done = vectors.migrateShared({ from: from(), to: 'archive', tenant: acme, after, onProgress });
      return done.then(
        (report) => ({ ...report, told }),
        () => ({ told, copied: undefined }),
      );
    };
    const killed = await migrate(undefined, 2);
    expect(await counts('archive')).toEqual([1_000, 0]);
    expect(await migrate(killed.told.at(-1))).toMatchObject({ copied: 201, skipped: 0, next: undefined });
    expect(await counts('archive')).toEqual([1_201, 0]);
    expect(await migrate()).toMatchObject({ copied: 1_201 });
    expect(await counts('archive')).toEqual([1_201, 0]);
    // By now Chroma has built its index.
    const archive = vectors.collection('archive');
    await TenantContext.run(acme, async () => {
      const { records } = await archive.get({ ids: ['id-4'] });
      expect(records[0]?.embedding).toEqual([expect.closeTo(4, 5), expect.closeTo(5, 5)]);
      expect(await archive.query({ embedding: [4, 5] })).toHaveLength(10);
    });
  });
});
