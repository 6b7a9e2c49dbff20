import type { Fleet } from '@rowhouse/migrations/fleet';
import { migration, TransferDeployment, wall } from '../transfer.fixture.js';
import { withRowsOf } from './tenant-source.js';

let deployment: TransferDeployment;
let fleet: Fleet;
beforeAll(async () => {
  deployment = await TransferDeployment.open();
  fleet = await deployment.fleet([
    migration('Notes1757000000001', ['create table notes (text text)', ...wall('notes')]),
  ]);
});
afterAll(() => deployment.close());

async function historyOf(slug: string): Promise<readonly string[]> {
  return withRowsOf(fleet, await fleet.tenants.find(slug), undefined, async ({ head }) => head.history);
}

it.each(['schema', 'row', 'database'] as const)(
  'with isolation %s: the migrations of the tenant, and none of shared tables',
  async (isolation) => {
    const tenant = await fleet.tenants.create({ slug: `of-${isolation}`, isolation });
    expect(await historyOf(tenant.slug)).toEqual(['Notes1757000000001']);
    const schema = fleet.deployment.schemaOf(tenant);
    await deployment.asOwner(
      fleet,
      tenant,
      `create table ${schema}.migrations_shared (like ${schema}.migrations including all);
       insert into ${schema}.migrations_shared ("timestamp", name) values (1, 'Shared')`,
    );
    expect(await historyOf(tenant.slug)).toEqual(['Notes1757000000001']);
  },
);

it('a home without the table has had none, though the path leads to that of the shared tables', async () => {
  const tenant = await fleet.tenants.create({ slug: 'bare' });
  await deployment.asOwner(fleet, tenant, 'drop table tenant_bare.migrations');
  expect(await historyOf('bare')).toEqual([]);
  const rename = (from: string, to: string) =>
    deployment.asOwner(fleet, tenant, `alter table public.migrations rename column ${from} to ${to}`);
  await rename('name', 'other');
  expect(await historyOf('bare')).toEqual([]);
  await rename('other', 'name');
});
