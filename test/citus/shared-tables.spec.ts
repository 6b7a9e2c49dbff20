/** @suite citus */
import { TenantContext } from '@rowhouse/core';
import { type Deployment, migration, openDeployment } from '../../libs/migrations/src/deployment.fixture.js';
import { createCitusDatabase } from '../support/citus-database.js';

const SHARED = migration('Countries1700000000001', [
  'create table regions (code text primary key)',
  'create table countries (code text primary key, region text constraint countries_region_fk references regions (code))',
  `insert into regions values ('EU')`,
  `insert into countries values ('DE', 'EU')`,
]);
const ADDRESSES = migration('Addresses1700000000002', [
  'create table addresses (id serial primary key, country text constraint addresses_country_fk references countries (code))',
]);

let deployment: Deployment;

beforeAll(async () => {
  deployment = await openDeployment({ migrations: [ADDRESSES], database: await createCitusDatabase() });
});

afterAll(() => deployment?.close());

it('tables of tenants refer to shared tables, which each worker has', async () => {
  const fleet = await deployment.fleet([ADDRESSES], { sharedMigrations: [SHARED] });
  const acme = await fleet.tenants.create({ slug: 'acme' });
  const query = (text: string) => TenantContext.run(acme, () => deployment.registry.for(acme).query(text));
  await query(`insert into addresses (country) values ('DE')`);
  expect(
    await query('select a.id, c.region from addresses a join countries c on c.code = a.country'),
  ).toEqual([{ id: 1, region: 'EU' }]);
  await expect(query(`insert into addresses (country) values ('XX')`)).rejects.toMatchObject({
    driverError: { code: '23503', constraint: 'addresses_country_fk' },
  });
  const { rows } = await deployment.pool.query(
    `select table_name::text as name from citus_tables where citus_table_type = 'reference' order by 1`,
  );
  expect(rows).toEqual([{ name: 'countries' }, { name: 'regions' }]);
});
