import type { Tenant } from '@rowhouse/core';
import { JobsDeployment } from './jobs.fixture.js';

let deployment: JobsDeployment;
let acme: Tenant;
let globex: Tenant;
beforeAll(async () => {
  deployment = await JobsDeployment.open();
  acme = await deployment.fleet.tenants.create({ slug: 'acme' });
  globex = await deployment.fleet.tenants.create({ slug: 'globex' });
});
afterAll(() => deployment.close());

const usageOf = async ({ id }: Tenant, table: 'counts' | 'records') => {
  const { rows } = await deployment.catalog.query<{ quantity: string | null }>(
    `select sum(${table === 'counts' ? 'quantity' : 'change'})::text as quantity from rowhouse.usage_${table}
      where tenant_id = $1 and meter = 'completedJobs'`,
    [id],
  );
  return Number(rows[0]?.quantity ?? 0);
};

const record = () =>
  deployment.catalog.query("select rowhouse.record_usage(now() + interval '2 hours', 100)");

/** Enqueues jobs, and waits until each has its end. */
async function run(tenant: Tenant, name: string, state: string, times: number): Promise<string[]> {
  const ids: string[] = [];
  for (let time = 0; time < times; time += 1) ids.push(await deployment.enqueue(tenant, name, {}));
  for (const id of ids) await deployment.untilState(id, state);
  return ids;
}

it('completed jobs are usage of their tenants, each once, from when usage is recorded', async () => {
  await deployment.work([
    { name: 'mail', concurrency: 4, handle: async () => {} },
    {
      name: 'broken',
      retries: 0,
      handle: async () => {
        throw new Error('broken');
      },
    },
  ]);
  await run(acme, 'mail', 'completed', 1);
  expect(await usageOf(acme, 'counts')).toBe(0);

  await deployment.catalog.query('select rowhouse.begin_usage(now())');
  const [first] = await run(acme, 'mail', 'completed', 5);
  await run(globex, 'mail', 'completed', 2);
  await run(globex, 'broken', 'failed', 1);
  expect([await usageOf(acme, 'counts'), await usageOf(globex, 'counts')]).toEqual([5, 2]);
  // A worker that has lost the job says so again.
  await deployment.catalog.query("update rowhouse.jobs set state = 'completed' where id = $1", [first]);
  expect(await usageOf(acme, 'counts')).toBe(5);

  await record();
  await run(acme, 'mail', 'completed', 1);
  await record();
  await record();
  expect([await usageOf(acme, 'records'), await usageOf(globex, 'records')]).toEqual([6, 2]);
});

it('the last ones of a tenant are recorded with its purge', async () => {
  await run(globex, 'mail', 'completed', 1);
  await deployment.catalog.query('delete from rowhouse.tenants where id = $1', [globex.id]);
  expect([await usageOf(globex, 'counts'), await usageOf(globex, 'records')]).toEqual([0, 3]);
});
