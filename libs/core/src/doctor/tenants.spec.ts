/** @suite postgres15 */
import { randomUUID } from 'node:crypto';
import { createTestDatabase } from '@rowhouse/testing';
import pg from 'pg';
import { makeTenant } from '../../../../test/support/tenants.js';
import { TenantHomes } from '../homes/tenant-homes.js';
import { databaseNameOf, type Tenant, type TenantStatus } from '../tenant.js';
import { InMemoryTenantStore } from '../tenants/in-memory-tenant-store.js';
import { type Deployment, openDeployment } from './deployment.fixture.js';
import { takeInventory } from './inventory.js';

let deployment: Deployment;
beforeAll(async () => {
  deployment = await openDeployment();
});
afterAll(() => deployment.close());

const storeOf = (...more: Tenant[]) => new InMemoryTenantStore([...deployment.tenants, ...more]);
const storeWithout = (missing: Tenant) =>
  new InMemoryTenantStore(deployment.tenants.filter(({ id }) => id !== missing.id));

describe('plans', () => {
  const plans = { free: { quotas: { seats: 3 } }, pro: { quotas: { seats: 9 }, features: ['export'] } };
  const reportOf = (tenant: Tenant) =>
    deployment.check('tenants.plans', {
      app: { ...deployment.examineOptions.app, plans },
      store: new InMemoryTenantStore([tenant]),
    });

  it('that no declaration has are found, and so are overrides', async () => {
    const overrides = { quotas: { seats: 1, desks: 2 }, features: { export: true, import: true } };
    expect(await reportOf(makeTenant('newcomer', { plan: 'gold', overrides }))).toMatchObject({
      status: 'warn',
      detail: expect.stringContaining(
        '3: newcomer (plan gold), newcomer (quotas.desks), newcomer (features.import)',
      ),
    });
  });

  it('that are declared are none of its business, nor is any where none is declared', async () => {
    expect(await reportOf(makeTenant('newcomer', { plan: 'pro' }))).toMatchObject({ status: 'pass' });
    expect(await deployment.check('tenants.plans')).toMatchObject({ status: 'pass' });
  });
});

describe('a tenant', () => {
  it.each([
    ['schema', 'schema and role'],
    ['database', 'database and role'],
  ] as const)('with isolation %s that has no home is found', async (isolation, lacks) => {
    const tenant = makeTenant('newcomer', { isolation });
    expect(await deployment.check('tenants.homes', { store: storeOf(tenant) })).toMatchObject({
      status: 'fail',
      detail: expect.stringContaining(`newcomer (${lacks})`),
      remedy: expect.stringContaining('rowhouse grants repair'),
    });
  });

  it('whose role alone is gone is found', async () => {
    const { admin, acme, roles } = deployment;
    const role = roles.ofTenant(acme);
    await admin.query(`alter role ${role} rename to ${role.slice(0, -1)}`);
    const found = await deployment.check('tenants.homes');
    await admin.query(`alter role ${role.slice(0, -1)} rename to ${role}`);
    expect(found).toMatchObject({ status: 'fail', detail: expect.stringContaining(`${acme.slug} (role)`) });
  });

  it("whose database bears another's mark is found", async () => {
    const { admin, umbrella } = deployment;
    const name = pg.escapeIdentifier(databaseNameOf(umbrella));
    await admin.query(`comment on database ${name} is 'Rowhouse tenant ${randomUUID()}'`);
    const found = await deployment.check('tenants.homes');
    await admin.query(`comment on database ${name} is 'Rowhouse tenant ${umbrella.id}'`);
    expect(found).toMatchObject({ status: 'fail', detail: expect.stringContaining('(database)') });
  });

  it.each<TenantStatus>(['provisioning', 'deleting', 'deleted', 'failed', 'archived'])(
    'that is %s needs no home',
    async (status) => {
      const store = storeOf(makeTenant('newcomer', { status }));
      expect(await deployment.check('tenants.homes', { store })).toMatchObject({ status: 'pass' });
    },
  );

  it.each([
    ['database', 'atlantis'],
    ['schema', 'atlantis'],
    ['row', 'atlantis'],
  ] as const)('with isolation %s on placement %s is found', async (isolation, placement) => {
    const { examineOptions, database } = deployment;
    const placements = { elsewhere: { url: () => database.url } };
    const app = { ...examineOptions.app, databases: { placements } };
    const store = storeOf(makeTenant('traveller', { isolation, placement }));
    expect(await deployment.check('tenants.placements', { app, store })).toMatchObject({
      status: 'fail',
      detail: expect.stringContaining(`traveller (${isolation} on ${placement})`),
    });
  });

  it('with a schema on a placement is looked for in the database of the placement', async () => {
    const { examineOptions, database } = deployment;
    const eu = await createTestDatabase();
    const placements = { eu: { url: () => eu.loginUrl, ownerUrl: () => eu.url } };
    const app = { ...examineOptions.app, databases: { placements } };
    const homes = new TenantHomes({ owner: { url: database.url }, pool: app });
    const traveller = makeTenant('traveller', { placement: 'eu' });
    try {
      await homes.prepare(traveller);
      for (const id of [
        'tenants.placements',
        'tenants.homes',
        'tenants.orphans',
        'grants.stray',
        'roles.elsewhere',
      ])
        expect(await deployment.check(id, { app, store: storeOf(traveller) })).toMatchObject({
          status: 'pass',
        });
      expect(await deployment.check('tenants.orphans', { app, store: storeOf() })).toMatchObject({
        detail: expect.stringContaining('schema tenant_traveller on eu'),
      });
      await homes.remove(traveller);
      expect(await deployment.check('tenants.homes', { app, store: storeOf(traveller) })).toMatchObject({
        detail: expect.stringContaining('traveller (schema and role)'),
      });
    } finally {
      await homes.close();
      await eu.drop();
    }
  });

  it('on a placement of its own is looked for there', async () => {
    const { examineOptions, database } = deployment;
    const app = {
      ...examineOptions.app,
      databases: { placements: { elsewhere: { url: () => database.url } } },
    };
    const tenant = makeTenant('traveller', { isolation: 'database', placement: 'elsewhere' });
    const checks = await deployment.examine({ app, store: storeOf(tenant) });
    expect(checks.find(({ id }) => id === 'tenants.placements')).toMatchObject({ status: 'pass' });
    expect(checks.find(({ id }) => id === 'tenants.homes')).toMatchObject({
      status: 'fail',
      detail: expect.stringContaining('traveller (database and role)'),
    });
  });
});

describe('what belongs to no tenant', () => {
  it('is found: schema and role', async () => {
    const { acme, roles } = deployment;
    const found = await deployment.check('tenants.orphans', { store: storeWithout(acme) });
    expect(found).toMatchObject({ status: 'warn' });
    expect(found?.detail).toContain(`schema ${acme.schema}`);
    expect(found?.detail).toContain(`role ${roles.ofTenant(acme)}`);
    expect(found?.detail).toContain('(2: ');
  });

  it('is found: database and role', async () => {
    const { umbrella, roles } = deployment;
    const found = await deployment.check('tenants.orphans', { store: storeWithout(umbrella) });
    expect(found?.detail).toContain(`database ${databaseNameOf(umbrella)}`);
    expect(found?.detail).toContain(`role ${roles.ofTenant(umbrella)}`);
  });

  it('is no schema that is shared', async () => {
    const { admin, examineOptions } = deployment;
    await admin.query('create schema tenant_commons');
    const app = { ...examineOptions.app, sharedSchemas: ['public', 'tenant_commons'] };
    expect(await deployment.check('tenants.orphans')).toMatchObject({ status: 'warn' });
    expect(await deployment.check('tenants.orphans', { app })).toMatchObject({ status: 'pass' });
    await admin.query('drop schema tenant_commons');
  });
});

it('five thousand tenants are looked up with as many statements as two', async () => {
  const { prefix, roles, admin } = deployment;
  const countFor = async (tenants: number): Promise<number> => {
    let count = 0;
    const counting = {
      query: (...query: Parameters<pg.Client['query']>) => {
        count += 1;
        return (admin.query as (...query: unknown[]) => unknown)(...query);
      },
    } as unknown as pg.Client;
    const many = Array.from({ length: tenants }, (_, n) => makeTenant(`many-${n}`));
    await takeInventory(counting, { roles, settings: { roles: prefix } } as never, many);
    return count;
  };
  expect(await countFor(5_000)).toBe(await countFor(2));
});
