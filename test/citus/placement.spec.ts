/** @suite citus */
import { type Tenant, TenantContext } from '@rowhouse/core';
import { type Deployment, migration, openDeployment } from '../../libs/migrations/src/deployment.fixture.js';
import type { Fleet } from '../../libs/migrations/src/fleet/fleet.js';
import { type CitusDatabase, createCitusDatabase, onDatabase } from '../support/citus-database.js';

const COUNTRIES = migration('Countries1700000000001', [
  'create table countries (code text primary key)',
  `insert into countries values ('DE')`,
]);
const ADDRESSES = migration('Addresses1700000000002', [
  'create table addresses (id serial primary key, country text constraint addresses_country_fk references countries (code))',
]);

let eu: CitusDatabase;
let deployment: Deployment;
let fleet: Fleet;
let acme: Tenant;

beforeAll(async () => {
  eu = await createCitusDatabase();
  deployment = await openDeployment({
    migrations: [ADDRESSES],
    database: await createCitusDatabase(),
    pool: { databases: { placements: { eu: { url: () => eu.loginUrl, ownerUrl: () => eu.ownerUrl } } } },
  });
  fleet = await deployment.fleet([ADDRESSES], { sharedMigrations: [COUNTRIES] });
});

afterAll(async () => {
  // Its connections end with the deployment, and the roles it shares with it are dropped when no database uses them.
  await deployment?.registry.close();
  await eu?.drop();
  await deployment?.close();
});

const query = (text: string) => TenantContext.run(acme, () => deployment.registry.for(acme).query(text));

describe('a placement that is a cluster of Citus', () => {
  it('has tenants on its workers, and shared tables that they refer to', async () => {
    acme = await fleet.tenants.create({ slug: 'acme', placement: 'eu' });
    await query(`insert into addresses (country) values ('DE')`);
    await expect(query(`insert into addresses (country) values ('XX')`)).rejects.toMatchObject({
      driverError: { code: '23503', constraint: 'addresses_country_fk' },
    });
    const { rows } = await onDatabase(eu.url, (client) =>
      client.query(`select table_name::text as name, citus_table_type as type from citus_tables order by 1`),
    );
    expect(rows).toEqual(
      expect.arrayContaining([
        { name: 'countries', type: 'reference' },
        { name: `${acme.schema}.addresses`, type: 'schema' },
      ]),
    );
  });

  it('is migrated with the fleet', async () => {
    const next = await deployment.fleet(
      [ADDRESSES, migration('Streets1700000000003', ['alter table addresses add column street text'])],
      { sharedMigrations: [COUNTRIES] },
    );
    expect(await next.migrations.run()).toMatchObject({ failed: 0, done: 1 });
    expect(await query('select country, street from addresses')).toEqual([{ country: 'DE', street: null }]);
  });

  it('moves its tenants by Citus alone, which is said', async () => {
    const [worker] = await fleet.workers.list();
    await expect(fleet.workers.relocate('acme', worker?.name ?? '')).rejects.toThrow(/placement "eu"/);
    expect((await fleet.workers.of([acme])).size).toBe(0);
  });
});
