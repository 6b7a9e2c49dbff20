import { EffectivePlans, type Tenant, TenantContext, TenantQuotas } from '@rowhouse/core';
import { JobsDeployment } from './jobs.fixture.js';
import { TenantJobs } from './tenant-jobs.js';

let deployment: JobsDeployment;
let acme: Tenant;
let globex: Tenant;
beforeAll(async () => {
  deployment = await JobsDeployment.open();
  acme = await deployment.fleet.tenants.create({ slug: 'acme', plan: 'free' });
  globex = await deployment.fleet.tenants.create({ slug: 'globex', plan: 'pro' });
});
afterAll(() => deployment.close());

it('a tenant enqueues no more jobs than may wait, until some have ended', async () => {
  const plans = { free: { quotas: { jobs: 2 } }, pro: { quotas: { jobs: 'unlimited' as const } } };
  const quotas = new TenantQuotas(new EffectivePlans({ plans }));
  const { registry, catalog } = deployment;
  const jobs = new TenantJobs({ registry, catalog, quotas });
  const enqueue = (tenant: Tenant) => TenantContext.run(tenant, () => jobs.enqueue('mail', {}));
  const first = await enqueue(acme);
  await enqueue(acme);
  await expect(enqueue(acme)).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED', quota: 'jobs', limit: 2 });
  for (let time = 0; time < 4; time += 1) await enqueue(globex);
  await jobs.cancel(first);
  await enqueue(acme);
  await expect(enqueue(acme)).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED' });
  await deployment.enqueue(acme, 'mail', {});
});
