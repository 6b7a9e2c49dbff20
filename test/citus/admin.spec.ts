/** @suite citus */
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { AdminDeployment } from '../../libs/admin/src/admin-app.fixture.js';
import { Operations } from '../../libs/admin/src/operations/operations.js';
import { createCitusDatabase } from '../support/citus-database.js';
import { until } from '../support/until.js';

let deployment: AdminDeployment;
let app: Awaited<ReturnType<AdminDeployment['start']>>;
let owner: pg.Pool;
let names: readonly string[];

beforeAll(async () => {
  deployment = await AdminDeployment.open(await createCitusDatabase());
  owner = new pg.Pool({ connectionString: deployment.database.ownerUrl });
  owner.on('error', () => {});
  app = await deployment.start();
  for (const slug of ['acme', 'globex'])
    await app.ended(await app.call('POST', 'tenants', { body: { slug } }));
  await owner.query(
    `insert into tenant_acme.products (name) select repeat('x', 60) from generate_series(1, 300000)`,
  );
  names = (await app.call('GET', 'workers')).body.items.map(({ name }: { name: string }) => name);
});

afterAll(async () => {
  await owner?.end();
  await deployment?.close();
});

const workerOf = async (slug: string): Promise<string> =>
  (await app.call('GET', `tenants/${slug}`)).body.worker;
const otherThan = (worker: string) => names.find((name) => name !== worker) ?? '';
const relocate = (worker: string) => app.call('POST', 'tenants/acme/relocations', { body: { worker } });

async function auditOf(tenantId: string) {
  const { items } = (await app.call('GET', `tenants/${tenantId}/audit?limit=10`)).body;
  return items.filter(({ action }: { action: string }) => action === 'tenant.relocated');
}

describe('the admin API on Citus', () => {
  it('says on which worker each tenant is', async () => {
    const { items } = (await app.call('GET', 'workers')).body;
    expect(items).toMatchObject([{ tenants: 1 }, { tenants: 1 }]);
    const workers = (await app.call('GET', 'tenants')).body.items.map(
      ({ worker }: { worker: string }) => worker,
    );
    expect([...workers].sort()).toEqual([...names].sort());
  });

  it('cancels a move that is under way, and makes it when it is begun again', async () => {
    const from = await workerOf('acme');
    const begun = await relocate(otherThan(from));
    const now = async () => (await app.call('GET', `operations/${begun.body.id}`)).body;
    await until(async () => (await now()).progress !== null);
    expect(await now()).toMatchObject({
      progress: { unit: 'bytes', item: expect.any(String), perSecond: expect.any(Number) },
    });
    await app.call('POST', `operations/${begun.body.id}/cancel`);
    expect(await app.ended(begun)).toMatchObject({ state: 'cancelled', error: null });
    expect(await workerOf('acme')).toBe(from);
    const again = await relocate(otherThan(from));
    expect(await app.ended(again)).toMatchObject({ state: 'succeeded', result: { worker: otherThan(from) } });
    expect(await workerOf('acme')).toBe(otherThan(from));
    expect(await auditOf('acme')).toMatchObject([
      { actor: { id: 'owner' }, before: { worker: from }, after: { worker: otherThan(from) } },
    ]);
  }, 120_000);

  it('goes on with a move whose process has died, once the server has noticed', async () => {
    const from = await workerOf('acme');
    const to = otherThan(from);
    const { id: tenantId } = (await app.call('GET', 'tenants/acme')).body;
    const [host, port] = to.split(':');
    // What a process leaves that is killed half-way: a statement without a client, and an operation without a process.
    const dead = new pg.Client(deployment.database.ownerUrl);
    dead.on('error', () => {});
    await dead.connect();
    await dead.query(`begin; set local client_connection_check_interval = '1s'`);
    const moving = dead.query('select citus_schema_move($1::regnamespace, $2, $3::int)', [
      'tenant_acme',
      host,
      port,
    ]);
    const copies = async () => (await owner.query('select from get_rebalance_progress()')).rows.length > 0;
    await until(copies);
    (dead as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
    await expect(moving).rejects.toThrow();
    expect(await copies()).toBe(true);
    const id = randomUUID();
    await owner.query(
      `insert into rowhouse.operations (id, kind, input, tenant_id) values ($1, 'tenant.relocate', $2, $3)`,
      [id, { tenantId, worker: to }, tenantId],
    );
    await app.app.get(Operations).resumeAbandoned();
    expect(await app.ended({ status: 202, headers: new Headers(), body: { id } })).toMatchObject({
      state: 'succeeded',
      result: { worker: to },
    });
    expect(await workerOf('acme')).toBe(to);
    expect((await auditOf('acme'))[0]).toMatchObject({ before: { worker: from }, after: { worker: to } });
    expect((await owner.query('select count(*)::int as n from tenant_acme.products')).rows).toEqual([
      { n: 300_000 },
    ]);
  }, 120_000);

  it('evens out the workers', async () => {
    const to = await workerOf('acme');
    await app.ended(await app.call('POST', 'tenants/globex/relocations', { body: { worker: to } }));
    expect((await app.call('GET', 'workers/plan')).body.items).toHaveLength(1);
    expect(await app.ended(await app.call('POST', 'workers/rebalance'))).toMatchObject({
      state: 'succeeded',
      result: { moved: [expect.any(String)] },
    });
    expect((await app.call('GET', 'workers/plan')).body.items).toEqual([]);
    expect(await workerOf('acme')).not.toBe(await workerOf('globex'));
  }, 120_000);
});
