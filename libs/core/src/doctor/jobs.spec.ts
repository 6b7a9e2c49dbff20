import { Catalog } from '../catalog/catalog.js';
import { type Deployment, openDeployment } from './deployment.fixture.js';

let deployment: Deployment;
beforeAll(async () => {
  deployment = await openDeployment();
});
afterAll(() => deployment.close());

it('jobs that wait under a name which no worker handles are found', async () => {
  expect(await deployment.check('jobs.handled')).toMatchObject({ status: 'pass' });
  const catalog = new Catalog({ url: deployment.database.url });
  try {
    await catalog.migrate();
    await catalog.query(
      `insert into rowhouse.tenants (id, slug, name, status, isolation, placement, plan)
       values ('11111111-1111-4111-8111-111111111111', 'waiting', 'Waiting', 'active', 'row', 'default', 'free')`,
    );
    await catalog.query(
      `insert into rowhouse.jobs (tenant_id, name, data, run_at)
       select '11111111-1111-4111-8111-111111111111', name, 'null', now() - interval '1 hour'
         from unnest(array['misspelt', 'misspelt', 'note']) name`,
    );
    await catalog.query("insert into rowhouse.job_queues (name, handled_at) values ('note', now())");
    expect(await deployment.check('jobs.handled')).toMatchObject({
      status: 'warn',
      detail: expect.stringContaining('(1: misspelt (2))'),
      remedy: expect.stringContaining('rowhouse jobs list'),
    });
  } finally {
    await catalog.close();
  }
});
