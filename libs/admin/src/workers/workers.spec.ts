import { jest } from '@jest/globals';
import { Catalog } from '@rowhouse/core';
import { Fleet } from '@rowhouse/migrations';
import { until } from '../../../../test/support/until.js';
import { AdminDeployment } from '../admin-app.fixture.js';
import { PRETENDED_WORKERS, PretendedWorkers } from './workers.fixture.js';

const [ONE, TWO] = PRETENDED_WORKERS;

let deployment: AdminDeployment;
let app: Awaited<ReturnType<AdminDeployment['start']>>;

beforeAll(async () => {
  deployment = await AdminDeployment.open();
  app = await deployment.start();
  for (const slug of ['acme', 'globex'])
    await app.ended(await app.call('POST', 'tenants', { body: { slug } }));
});
afterAll(() => deployment.close());

describe('without Citus', () => {
  it('there are no workers, and no move to one', async () => {
    for (const path of ['workers', 'workers/plan'])
      expect(await app.call('GET', path)).toMatchObject({ status: 200, body: { items: [] } });
    expect((await app.call('GET', 'tenants/acme')).body.worker).toBeNull();
    expect(
      await app.call('POST', 'tenants/acme/relocations', { body: { worker: 'worker-2' } }),
    ).toMatchObject({ status: 404, body: { code: 'WORKER_UNKNOWN' } });
    expect((await app.call('GET', 'operations?kind=tenant.relocate')).body.items).toEqual([]);
  });

  it('a page of tenants is one query, as ever', async () => {
    const query = jest.spyOn(app.app.get(Catalog), 'query');
    const { body } = await app.call('GET', 'tenants?limit=10');
    const asked = query.mock.calls.map(([text]) => String(text));
    query.mockRestore();
    expect(body.items.map(({ worker }: { worker: string | null }) => worker)).toEqual([null, null]);
    expect(asked.filter((text) => text.includes('rowhouse.tenants'))).toHaveLength(1);
    expect(asked.filter((text) => text.includes('pg_dist'))).toEqual([]);
  });
});

describe('on Citus', () => {
  let workers: PretendedWorkers;
  beforeAll(() => {
    workers = new PretendedWorkers(app.app.get(Fleet));
  });

  const relocate = (slug: string, worker: string, role: 'viewer' | 'operator' = 'operator') =>
    app.call('POST', `tenants/${slug}/relocations`, { body: { worker }, role });

  it('each tenant of a page has its worker', async () => {
    expect((await app.call('GET', 'tenants')).body.items).toMatchObject([{ worker: ONE }, { worker: ONE }]);
    expect((await app.call('GET', 'workers')).body.items).toMatchObject([
      { name: ONE, tenants: 2 },
      { name: TWO, tenants: 0, sizeBytes: 0 },
    ]);
  });

  it('a move is an operation with its table, bytes and phases, one at a time, which can be cancelled', async () => {
    const release = workers.hold();
    try {
      const begun = await relocate('acme', TWO);
      expect(begun).toMatchObject({ status: 202, body: { kind: 'tenant.relocate', state: 'running' } });
      expect(begun.headers.get('location')).toBe(`../../../operations/${begun.body.id}`);
      const now = async () => (await app.call('GET', `operations/${begun.body.id}`)).body;
      await until(async () => (await now()).progress !== null);
      expect(await now()).toMatchObject({
        steps: [{ name: 'Copying Data' }],
        progress: { done: 2_000_000, total: 8_000_000, unit: 'bytes', item: 'products', percent: 25 },
        actor: { id: 'operator' },
      });
      expect(await relocate('acme', TWO)).toMatchObject({
        status: 409,
        body: { code: 'OPERATION_CONFLICT' },
      });
      await app.call('POST', `operations/${begun.body.id}/cancel`);
      expect(await app.ended(begun)).toMatchObject({ state: 'cancelled' });
      expect((await app.call('GET', 'tenants/acme')).body.worker).toBe(ONE);
    } finally {
      release();
    }
    expect(await app.ended(await relocate('acme', TWO))).toMatchObject({
      state: 'succeeded',
      result: { worker: TWO },
    });
    expect((await app.call('GET', 'tenants/acme')).body.worker).toBe(TWO);
  });

  it('is refused to viewers, for workers that there are not and for tenants that there are not', async () => {
    expect((await relocate('acme', TWO, 'viewer')).status).toBe(403);
    expect((await app.call('POST', 'workers/rebalance', { role: 'viewer' })).status).toBe(403);
    expect(await relocate('acme', 'nowhere')).toMatchObject({
      status: 404,
      body: { code: 'WORKER_UNKNOWN' },
    });
    expect(await relocate('nobody', TWO)).toMatchObject({
      status: 404,
      body: { code: 'TENANT_NOT_FOUND' },
    });
  });

  it('what would even out the workers is planned, and done', async () => {
    expect((await app.call('GET', 'workers/plan')).body.items).toMatchObject([
      { slug: 'globex', from: ONE, to: TWO },
    ]);
    expect(await app.ended(await app.call('POST', 'workers/rebalance'))).toMatchObject({
      kind: 'workers.rebalance',
      state: 'succeeded',
      tenantId: null,
      steps: [{ name: `globex: ${ONE} → ${TWO}` }],
      progress: { percent: 100 },
      result: { moved: ['globex'] },
    });
    expect((await app.call('GET', 'workers/plan')).body.items).toEqual([]);
  });
});
