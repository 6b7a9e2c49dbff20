/** @suite citus */
import { examine } from '@rowhouse/core';
import { rolesOf } from '@rowhouse/core/internal';
import { type Deployment, migration, openDeployment } from '../../libs/migrations/src/deployment.fixture.js';
import { createCitusDatabase, onDatabase } from '../support/citus-database.js';

const NOTES = migration('Notes1700000000001', ['create table notes (id serial primary key, body text)']);

let deployment: Deployment;

beforeAll(async () => {
  deployment = await openDeployment({ migrations: [NOTES], database: await createCitusDatabase() });
  const fleet = await deployment.fleet();
  for (const slug of ['acme', 'globex']) await fleet.tenants.create({ slug });
});

afterAll(() => deployment?.close());

async function findings(): Promise<Record<string, unknown>> {
  const { database, tenancy } = deployment;
  const { checks } = await examine({
    app: { connectionString: database.loginUrl, ...tenancy },
    owner: { url: database.ownerUrl },
  });
  return Object.fromEntries(
    checks.filter(({ status }) => status !== 'pass').map(({ id, detail }) => [id, detail]),
  );
}

const asSuperuser = (text: string) => onDatabase(deployment.database.url, (client) => client.query(text));

describe('the doctor on Citus', () => {
  it('finds a deployment in good order, and proves its pins with tenants of its own', async () => {
    expect(await findings()).toEqual({});
  });

  it('finds a role that may not log in on a worker', async () => {
    const role = rolesOf(deployment.prefix).row;
    const alter = (what: string) =>
      `do 'begin perform set_config(''citus.enable_ddl_propagation'', ''off'', true); alter role ${role} ${what}; end'`;
    const onWorkers = (what: string) => asSuperuser(`select run_command_on_workers($do$${alter(what)}$do$)`);
    await onWorkers('nologin');
    expect(await findings()).toEqual({
      'citus.roles': expect.stringContaining(role),
      'citus.workers': expect.stringContaining(role),
    });
    await onWorkers('login');
  });

  it('finds that new tenants would stay on the coordinator', async () => {
    const { name } = deployment.database;
    await asSuperuser(`alter database ${name} set citus.enable_schema_based_sharding = off`);
    expect(await findings()).toEqual({ 'citus.sharding': expect.stringContaining('coordinator') });
    await asSuperuser(`alter database ${name} set citus.enable_schema_based_sharding = on`);
  });

  it('finds rows of several tenants on workers', async () => {
    await asSuperuser(
      `create table public.bills (tenant_id uuid, amount int); select create_distributed_table('public.bills', 'tenant_id')`,
    );
    expect(await findings()).toMatchObject({ 'citus.rows': expect.stringContaining('public.bills') });
    await asSuperuser('drop table public.bills');
  });
});
