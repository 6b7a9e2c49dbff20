import { Catalog } from '@rowhouse/core';
import { AdminDeployment, PLATFORMS } from '../admin-app.fixture.js';

let deployment: AdminDeployment;

beforeEach(async () => {
  deployment = await AdminDeployment.open();
});
afterEach(() => deployment.close());

describe.each(PLATFORMS)('the jobs of tenants on %s', (platform) => {
  /** A tenant, and a job of it that has failed, one that waits, and one of another tenant. */
  async function withJobs() {
    const app = await deployment.start({ platform });
    const ids = [];
    for (const slug of ['acme', 'globex'])
      ids.push((await app.ended(await app.call('POST', 'tenants', { body: { slug } }))).tenantId);
    const { rows } = await app.app.get(Catalog).query<{ id: string }>(
      `insert into rowhouse.jobs (tenant_id, name, data, state, failure, ended_at) values
         ($1, 'send-invoice', '{"iban":"DE1"}', 'failed', 'No paper.', now()),
         ($1, 'clean-up', '{}', 'waiting', null, null), ($2, 'clean-up', '{}', 'waiting', null, null) returning id`,
      ids,
    );
    return { ...app, jobs: rows.map(({ id }) => id), ids };
  }

  it('are listed and counted, in pages and by tenant, name and state, without their data', async () => {
    const { call, jobs, ids } = await withJobs();
    const list = async (query: string) => (await call('GET', `jobs?${query}`, { role: 'viewer' })).body;
    const idsOf = ({ items }: { items: { id: string }[] }) => items.map(({ id }) => id);
    const page = await list('limit=2');
    expect(idsOf(page)).toEqual([jobs[2], jobs[1]]);
    const last = await list(`limit=2&cursor=${page.next}`);
    expect(last).toMatchObject({ next: null, items: [{ tenantSlug: 'acme', failure: 'No paper.' }] });
    expect(JSON.stringify(last)).not.toContain('iban');
    expect(idsOf(await list('tenant=globex'))).toEqual([jobs[2]]);
    expect(idsOf(await list(`tenant=${ids[0]}&name=clean-up&state=waiting`))).toEqual([jobs[1]]);
    expect((await call('GET', 'jobs?tenant=nobody')).status).toBe(404);
    expect((await call('GET', 'jobs?state=lost')).status).toBe(400);
    const none = { waiting: 0, held: 0, running: 0, completed: 0, failed: 0, cancelled: 0 };
    expect((await call('GET', 'jobs/counts', { role: 'viewer' })).body.items).toEqual([
      { ...none, name: 'clean-up', waiting: 2 },
      { ...none, name: 'send-invoice', failed: 1 },
    ]);
    expect((await call('GET', 'jobs/counts?tenant=globex')).body.items).toEqual([
      { ...none, name: 'clean-up', waiting: 1 },
    ]);
    const one = await call('GET', `jobs/${jobs[0]}`, { role: 'viewer' });
    expect(one.body).toMatchObject({ name: 'send-invoice', state: 'failed' });
    expect(one.body).not.toHaveProperty('data');
  });

  it('are run again and cancelled by operators, who stand in the audit trail', async () => {
    const { call, jobs, ids } = await withJobs();
    const [failed, waiting] = jobs;
    const change = (id: string | undefined, action: string, role: 'viewer' | 'operator' = 'operator') =>
      call('POST', `jobs/${id}/${action}`, { role });
    expect((await change(failed, 'retry', 'viewer')).status).toBe(403);
    expect(await change(failed, 'retry')).toMatchObject({ status: 200, body: { state: 'waiting' } });
    expect(await change(failed, 'retry')).toMatchObject({ status: 409, body: { code: 'JOB_CONFLICT' } });
    expect(await change(waiting, 'cancel')).toMatchObject({ status: 200, body: { state: 'cancelled' } });
    expect(await change('none', 'cancel')).toMatchObject({ status: 404, body: { code: 'JOB_NOT_FOUND' } });
    expect((await call('GET', 'audit?action=job.')).body.items).toMatchObject([
      { action: 'job.cancelled', tenantId: ids[0], target: waiting, actor: { id: 'operator' } },
      { action: 'job.retried', tenantId: ids[0], target: failed, actor: { id: 'operator' } },
    ]);
  });
});
