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

/** On the workers alone. */
const alterOnWorkers = (what: string) =>
  asSuperuser(
    `select run_command_on_workers($$do 'begin perform set_config(''citus.enable_ddl_propagation'', ''off'', true); alter ${what}; end'$$)`,
  );

describe('the doctor on Citus', () => {
  it('finds a deployment in good order, and proves its pins with tenants of its own', async () => {
    expect(await findings()).toEqual({});
  });

  it('finds a role that may not log in on a worker', async () => {
    const role = rolesOf(deployment.prefix).row;
    const onWorkers = (what: string) => alterOnWorkers(`role ${role} ${what}`);
    await onWorkers('nologin');
    expect(await findings()).toEqual({
      'citus.roles': expect.stringContaining(role),
      'citus.workers': expect.stringContaining(role),
    });
    await onWorkers('login');
  });

  it('finds a worker that confirms commits before they are written, and no move leaves it', async () => {
    const { name, ownerUrl } = deployment.database;
    const owner = new URL(ownerUrl).username;
    const { workers, tenants } = await deployment.fleet();
    const acme = await tenants.find('acme');
    const from = (await workers.of([acme])).get(acme.id) ?? '';
    const to = (await workers.list()).find((worker) => worker.name !== from)?.name ?? '';
    for (const whose of [`database ${name}`, `role ${owner} in database ${name}`]) {
      await alterOnWorkers(`${whose} set synchronous_commit = off`);
      expect(await findings()).toEqual({ 'citus.commits': expect.stringContaining(from) });
      await expect(workers.relocate('acme', to)).rejects.toMatchObject({
        code: 'RELOCATION_FAILED',
        message: expect.stringContaining('synchronous_commit'),
      });
      await alterOnWorkers(`${whose} reset synchronous_commit`);
    }
    expect(await workers.relocate('acme', to)).toBe(to);
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
