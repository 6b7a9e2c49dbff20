/** @suite citus */
import { type Tenant, TenantContext } from '@rowhouse/core';
import { TenantEntity } from '@rowhouse/typeorm';
import { Column, PrimaryGeneratedColumn } from 'typeorm';
import { type Deployment, migration, openDeployment } from '../../libs/migrations/src/deployment.fixture.js';
import type { Fleet } from '../../libs/migrations/src/fleet/fleet.js';
import { createCitusDatabase, onDatabase } from '../support/citus-database.js';

@TenantEntity('products')
class Product {
  @PrimaryGeneratedColumn() id!: number;
  @Column() name!: string;
}

let deployment: Deployment;
let fleet: Fleet;
let generated: readonly string[];

beforeAll(async () => {
  deployment = await openDeployment({ entities: [Product], database: await createCitusDatabase() });
  const { registry } = deployment;
  await registry.homes.prepareDeployment();
  const change = await (await deployment.fleet([])).generate({
    name: 'products',
    timestamp: 1_700_000_000_000,
  });
  // The key to the catalog is made where tenants share the tables alone.
  generated = change?.up.map(({ text }) => text).filter((text) => !text.includes('rowhouse.tenants')) ?? [];
  fleet = await deployment.fleet([migration('Products1700000000000', generated, ['drop table products'])]);
});

afterAll(() => deployment?.close());

async function namesOf(tenant: Tenant): Promise<string[]> {
  const rows = await TenantContext.run(tenant, () =>
    deployment.registry.for(tenant).query('select name from products order by id'),
  );
  return rows.map(({ name }: Product) => name);
}

async function conditionOn(table: string): Promise<string> {
  const { rows } = await deployment.pool.query(
    `select pg_get_expr(polqual, polrelid) as condition from pg_policy where polrelid = $1::regclass and polname = 'rowhouse_tenant'`,
    [table],
  );
  return rows[0]?.condition;
}

describe('an app with @TenantEntity on Citus', () => {
  let acme: Tenant;
  let hooli: Tenant;

  it('makes the same tables for tenants with schemas and with rows', async () => {
    acme = await fleet.tenants.create({ slug: 'acme' });
    hooli = await fleet.tenants.create({ slug: 'hooli', isolation: 'row' });
    const initech = await fleet.tenants.create({ slug: 'initech', isolation: 'row' });
    for (const tenant of [acme, hooli, initech]) {
      await TenantContext.run(tenant, () =>
        deployment.registry.for(tenant).getRepository(Product).save({ name: tenant.slug }),
      );
    }
    for (const tenant of [acme, hooli, initech]) expect(await namesOf(tenant)).toEqual([tenant.slug]);
  });

  it('has policies that workers can judge in schemas, and those of one evaluation a statement elsewhere', async () => {
    expect(await conditionOn(`"${acme.schema}".products`)).toContain('CURRENT_USER');
    expect(await conditionOn('public.products')).toContain('SELECT');
  });

  it('shows no other rows by its policy, in a schema either', async () => {
    await onDatabase(deployment.database.url, (client) =>
      client.query(
        `insert into "${acme.schema}".products (name, tenant_id) values ('planted', gen_random_uuid())`,
      ),
    );
    expect(await namesOf(acme)).toEqual(['acme']);
  });

  it('shows no drift, and nothing more to generate', async () => {
    expect(await fleet.drift()).toMatchObject({ compared: 2, drifted: [], failed: [] });
    expect(await fleet.generate({ name: 'again' })).toBeUndefined();
  });

  it('shows in a plan what it would do', async () => {
    const next = await deployment.fleet([
      migration('Products1700000000000', generated),
      migration('Prices1700000000001', ['alter table products add column price int']),
    ]);
    const plan = await next.migrations.plan({ sql: true });
    expect(JSON.stringify(plan)).toContain('add column price');
  });
});
