/** @suite citus */
import { TenantContext } from '@rowhouse/core';
import { type Deployment, migration, openDeployment } from '../../libs/migrations/src/deployment.fixture.js';
import { type CitusDatabase, createCitusDatabase, onDatabase } from '../support/citus-database.js';

const SHARED = migration('Countries1700000000001', [
  'create table regions (code text primary key)',
  'create table countries (code text primary key, region text constraint countries_region_fk references regions (code))',
  `insert into regions values ('EU')`,
  `insert into countries values ('DE', 'EU')`,
]);
const ADDRESSES = migration(
  'Addresses1700000000002',
  [
    'create table addresses (id serial primary key, country text constraint addresses_country_fk references countries (code))',
  ],
  ['drop table addresses'],
);
const GONE = migration('NoCountries1700000000003', ['drop table countries', 'drop table regions']);

let database: CitusDatabase;
let deployment: Deployment;

beforeAll(async () => {
  database = await createCitusDatabase();
  deployment = await openDeployment({ migrations: [ADDRESSES], database });
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
  expect(await referenceTables()).toEqual(['countries', 'regions']);
});

async function referenceTables(): Promise<string[]> {
  const { rows } = await deployment.pool.query(
    `select table_name::text as name from citus_tables where citus_table_type = 'reference' order by 1`,
  );
  return rows.map(({ name }) => name);
}

it('a shared migration removes them from each worker, once no tenant refers to them', async () => {
  const before = await deployment.fleet([ADDRESSES], { sharedMigrations: [SHARED] });
  const after = await deployment.fleet([], { sharedMigrations: [SHARED, GONE] });
  await expect(
    (await deployment.fleet([ADDRESSES], { sharedMigrations: [SHARED, GONE] })).migrations.run(),
  ).resolves.toMatchObject({
    state: 'paused',
  });
  expect(await referenceTables()).toEqual(['countries', 'regions']);
  expect(await before.migrations.revert()).toMatchObject({ failed: 0, done: 1 });
  expect(await after.migrations.run()).toMatchObject({ failed: 0, done: 1 });
  expect(await referenceTables()).toEqual([]);
  for (const url of database.workerUrls)
    expect(
      await onDatabase(url, async (worker) => {
        await worker.query('set citus.override_table_visibility = off');
        return (await worker.query(`select relname from pg_class where relname ~ '^(countries|regions)'`))
          .rows;
      }),
    ).toEqual([]);
});
