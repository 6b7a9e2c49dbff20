/** @suite citus */
import { examine, type Tenant, TenantContext } from '@rowhouse/core';
import type { Fleet } from '@rowhouse/migrations/fleet';
import { TenantEntity } from '@rowhouse/typeorm';
import { Column, PrimaryGeneratedColumn } from 'typeorm';
import { rowhouse } from '../../apps/cli/src/cli.fixture.js';
import { type Deployment, migration, openDeployment } from '../../libs/migrations/src/deployment.fixture.js';
import { type CitusDatabase, createPlainDatabase } from '../support/citus-database.js';
import { until } from '../support/until.js';

@TenantEntity('products')
class Product {
  @PrimaryGeneratedColumn() id!: number;
  @Column() name!: string;
  @Column({ nullable: true }) country!: string;
}

const COUNTRIES = migration('Countries1700000000001', [
  'create table countries (code text primary key)',
  `insert into countries values ('DE'), ('FR')`,
]);

let database: CitusDatabase;
let before: Deployment;
let after: Deployment;
let acme: Tenant;
let fleet: Fleet;

beforeAll(async () => {
  database = await createPlainDatabase();
  before = await openDeployment({ entities: [Product], database: { ...database, drop: async () => {} } });
  await before.registry.homes.prepareDeployment();
  const generated = await (await before.fleet([])).generate({
    name: 'products',
    timestamp: 1_700_000_000_000,
  });
  const products = migration('Products1700000000002', [
    ...(generated?.up ?? []).map(({ text }) => text).filter((text) => !text.includes('rowhouse.tenants')),
    'alter table products add constraint products_country_fk foreign key (country) references countries (code)',
  ]);
  const first = await before.fleet([products], { sharedMigrations: [COUNTRIES] });
  acme = await first.tenants.create({ slug: 'acme' });
  await first.tenants.create({ slug: 'hooli' });
  await insert(before, acme, 'before');
  await database.addCitus();
  // A process learns that there is Citus when it starts.
  after = await openDeployment({
    entities: [Product],
    migrations: [products],
    database,
    pool: before.tenancy,
  });
  fleet = await after.fleet([products], { sharedMigrations: [COUNTRIES] });
});

afterAll(async () => {
  await before?.registry.close();
  await before?.registry.ambient.destroy();
  await before?.catalog.close();
  await before?.pool.end();
  await after?.close();
});

function insert({ registry }: Deployment, tenant: Tenant, name: string): Promise<unknown> {
  return TenantContext.run(tenant, () =>
    registry.for(tenant).query(`insert into products (name, country) values ($1, 'DE')`, [name]),
  );
}

async function namesOf(tenant: Tenant): Promise<string[]> {
  const rows = await TenantContext.run(tenant, () =>
    after.registry.for(tenant).query('select name from products order by id'),
  );
  return rows.map(({ name }: Product) => name);
}

async function findings(): Promise<readonly unknown[]> {
  const { checks } = await examine({
    app: { connectionString: database.loginUrl, ...after.tenancy },
    owner: { url: database.ownerUrl },
  });
  return checks
    .filter(({ status }) => status !== 'pass')
    .map(({ id, remedy, detail }) => ({ id, remedy, detail }));
}

describe('a deployment whose database becomes one of Citus', () => {
  it('serves its tenants as before, from the coordinator', async () => {
    await insert(after, acme, 'after');
    expect(await namesOf(acme)).toEqual(['before', 'after']);
  });

  it('is in good order after the command that the doctor names', async () => {
    const remedy = 'rowhouse grants repair --all';
    expect(await findings()).toContainEqual(expect.objectContaining({ id: 'citus.roles', remedy }));
    const env = { DATABASE_URL: database.loginUrl, DIRECT_DATABASE_URL: database.ownerUrl };
    const command = ['grants', 'repair', '--all', '--roles', before.prefix];
    expect(await rowhouse(command, { env })).toMatchObject({ code: 0, stderr: '' });
    expect(await findings()).toEqual([]);
  });

  it('moves its tenants to workers while they are used, with their policies and keys to shared tables', async () => {
    let isOver = false;
    let written = 0;
    const writing = (async () => {
      for (; !isOver; written += 1) await insert(after, acme, 'meanwhile');
    })();
    try {
      await until(() => written > 0);
      const [one, two] = await fleet.workers.list();
      for (const worker of [one, two]) {
        expect(await fleet.workers.relocate('acme', worker?.name ?? '')).toBe(worker?.name);
        const sofar = written;
        await until(() => written > sofar);
      }
    } finally {
      isOver = true;
      await writing;
    }
    expect(await namesOf(acme)).toHaveLength(2 + written);
    await expect(
      TenantContext.run(acme, () =>
        after.registry.for(acme).query(`insert into products (name, country) values ('x', 'XX')`),
      ),
    ).rejects.toMatchObject({ driverError: { constraint: 'products_country_fk' } });
    expect(await fleet.drift()).toMatchObject({ compared: 2, drifted: [], failed: [] });
  });

  it('makes new tenants on workers', async () => {
    const globex = await fleet.tenants.create({ slug: 'globex' });
    await insert(after, globex, 'new');
    expect((await fleet.workers.of([globex])).size).toBe(1);
    expect(await findings()).toEqual([]);
  });
});
