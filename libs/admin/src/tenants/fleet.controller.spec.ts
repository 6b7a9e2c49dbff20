import { AdminDeployment } from '../admin-app.fixture.js';

let deployment: AdminDeployment;

beforeAll(async () => {
  deployment = await AdminDeployment.open();
});
afterAll(() => deployment.close());

it('counts tenants by status, health and version, and says who asks', async () => {
  const { call, ended } = await deployment.start();
  for (const slug of ['acme', 'globex', 'initech'])
    await ended(await call('POST', 'tenants', { body: { slug } }));
  await call('POST', 'tenants/globex/suspend');
  await call('DELETE', 'tenants/initech');
  expect((await call('GET', 'fleet', { role: 'viewer' })).body).toEqual({
    tenants: 3,
    byStatus: expect.objectContaining({ active: 1, suspended: 1, deleted: 1, archived: 0 }),
    byHealth: { ok: 2, behind: 0, failed: 0 },
    byVersion: [{ version: 'Products1757000000001', tenants: 2 }],
  });
  expect((await call('GET', 'me', { role: 'viewer' })).body).toEqual({
    id: 'viewer',
    role: 'viewer',
    hasWorkers: false,
  });
});
