/** @suite pgbouncer */
import { type Tenant, TenantContext } from '@rowhouse/core';
import { DataSourceRegistry, openTenantDataSource } from '@rowhouse/typeorm';
import { type PgBouncer, startPgBouncer } from '../../../../test/support/pgbouncer.js';
import { until } from '../../../../test/support/until.js';
import { JobsDeployment } from './jobs.fixture.js';
import { TenantJobs } from './tenant-jobs.js';

let open: JobsDeployment;
let bouncer: PgBouncer;
let registry: DataSourceRegistry;
let jobs: TenantJobs;
let tenants: readonly Tenant[];
beforeAll(async () => {
  open = await JobsDeployment.open();
  tenants = [
    await open.fleet.tenants.create({ slug: 'acme' }),
    await open.fleet.tenants.create({ slug: 'globex', isolation: 'row' }),
    await open.fleet.tenants.create({ slug: 'initech' }),
    await open.fleet.tenants.create({ slug: 'umbrella', isolation: 'database' }),
  ];
  bouncer = await startPgBouncer(open.deployment.database.loginUrl, 1);
  const tenancy = { roles: open.deployment.roles };
  const ambient = await openTenantDataSource({ type: 'postgres', url: bouncer.url, poolSize: 4 }, tenancy);
  registry = new DataSourceRegistry({ ambient, directUrl: open.deployment.login.ownerUrl, tenancy });
  jobs = new TenantJobs({ registry, catalog: open.catalog });
});
afterAll(async () => {
  await registry?.close();
  await registry?.ambient.destroy();
  await bouncer?.stop();
  await open?.close();
});

it('jobs are enqueued through PgBouncer with one server connection, each for its tenant, and run past it', async () => {
  const enqueue = (tenant: Tenant, n: number) =>
    TenantContext.run(tenant, () =>
      registry.ambient
        .transaction(async (manager) => {
          await jobs.enqueue('note', { of: tenant.slug, isKept: n % 3 !== 0 }, { manager });
          await manager.query('insert into notes (text) values ($1)', [tenant.slug]);
          if (n % 3 === 0) throw new Error('rolled back');
        })
        .catch((error: Error) => expect(error.message).toBe('rolled back')),
    );
  await Promise.all(tenants.flatMap((tenant) => Array.from({ length: 30 }, (_, n) => enqueue(tenant, n))));
  // The jobs of the fourth are in its own database.
  expect(await open.count()).toBe(60);
  await open.work([
    {
      name: 'note',
      handle: ({ data, tenant }) => expect(data).toEqual({ of: tenant.slug, isKept: true }),
    },
  ]);
  await until(async () => (await open.count("state = 'completed'")) === 80);
  expect(open.problems).toEqual([]);
});
