import type { Tenant } from '@rowhouse/core';
import pg from 'pg';
import { type Deployment, migration, openDeployment } from '../deployment.fixture.js';
import { adopt } from './adopt.js';
import { describeSchema, OLD_APP, ordinaryOwner, whenWaitingForLock } from './old-app.fixture.js';
import { undoAdoption } from './undo-adoption.js';

const migrations = [migration('First1757000000001', []), migration('Second1757000000002', [])];
const INTO_SCHEMA = { tenant: { slug: 'first' }, keep: ['countries'] };
const BEHIND_POLICIES = { tenant: { slug: 'first', isolation: 'row' as const }, keep: ['countries'] };

let deployment: Deployment;
const parts = () => deployment.parts();
const query = async (text: string, values: unknown[] = []) =>
  (await deployment.catalog.query(text, values)).rows;
const namesIn = async (schema: string) =>
  ((await describeSchema(deployment.pool, schema)) as { identity: string }[]).map(({ identity }) => identity);
const asTenant = (tenant: Tenant, text: string) => deployment.registry.for(tenant).query(text);

/** Everything that an adoption may change. */
const state = async () => ({
  public: await describeSchema(deployment.pool, 'public'),
  schemas: await query("select nspname from pg_namespace where nspname like 'tenant%'"),
  roles: await query('select rolname from pg_roles where starts_with(rolname::text, $1) order by 1', [
    deployment.prefix,
  ]),
  tenants: await query('select slug from rowhouse.tenants'),
  homes: await query('select id from rowhouse.homes'),
  customers: await query('select * from customers order by id'),
  metadata: await query('select * from typeorm_metadata'),
});

beforeEach(async () => {
  deployment = await openDeployment({ migrations });
  await deployment.catalog.query(OLD_APP);
  await deployment.registry.homes.prepareDeployment();
});
afterEach(() => deployment.close());

describe('adopting a database into a schema', () => {
  it('moves everything except kept tables and extensions', async () => {
    const report = await adopt(parts(), INTO_SCHEMA);
    expect(await namesIn('public')).toEqual(['pg_trgm', 'public.countries']);
    expect(report.moved.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'public."Mixed Case"',
        'public.span_multirange',
        'public.mood_of(public.customers)',
        'public.numbers',
        'public.events_old',
      ]),
    );
    expect(report.rows).toContainEqual({ table: 'events', before: 2, after: 2 });
    expect(await query('select schema from tenant_first.typeorm_metadata')).toEqual([
      { schema: 'tenant_first' },
    ]);
  });

  it('lets the tenant use its data as before', async () => {
    const { tenant } = await adopt(parts(), INTO_SCHEMA);
    expect(
      await asTenant(
        tenant,
        'select email, mood_of(c) as mood, upper(reach) as reach from customers c order by id',
      ),
    ).toEqual([
      { email: 'a@x.test', mood: 'wild', reach: 2 },
      { email: 'b@x.test', mood: null, reach: 4 },
    ]);
    await asTenant(tenant, `insert into "Mixed Case" ("A b") values ('{wild}')`);
    await asTenant(tenant, "insert into events values ('2031-01-01', 'loud')");
    expect(await asTenant(tenant, "select what from events where at = '2031-01-01'")).toEqual([
      { what: 'LOUD' },
    ]);
    expect(await asTenant(tenant, 'select email from richest')).toEqual([{ email: 'a@x.test' }]);
    expect(
      await asTenant(
        tenant,
        "insert into customers (email, country) values ('c', 'ch') returning id, number",
      ),
    ).toEqual([{ id: 3, number: '5' }]);
  });

  it('gives no other role access', async () => {
    await adopt(parts(), INTO_SCHEMA);
    const other = await deployment.tenant('other');
    const refused = deployment.catalog.query(
      `set role ${pg.escapeIdentifier(deployment.registry.homes.roles?.ofTenant(other) ?? '')}; select * from tenant_first.customers`,
    );
    await expect(refused).rejects.toMatchObject({ code: '42501' });
    const [first] = await query("select * from rowhouse.tenants where slug = 'first'");
    expect(await deployment.registry.homes.strayGrants([{ ...first, schema: 'tenant_first' }])).toEqual([]);
  });

  it('records the history of the home in the catalog', async () => {
    const { tenant } = await adopt(parts(), INTO_SCHEMA);
    expect(await parts().ledger.homes({ tenants: [tenant.slug] })).toMatchObject([
      { history: ['First1757000000001', 'Second1757000000002'] },
    ]);
  });

  it('warns of texts that name the old schema: bodies and settings of functions, defaults, views', async () => {
    await query(`alter function stamp() set search_path = public, pg_temp; alter function stamp() set application_name = 'public';
      create table logs (id bigint default nextval(('public.numbers'::text)::regclass), country text default 'public.countries');
      create view by_name as select 'public.logs'::text as name`);
    const { warnings } = await adopt(parts(), INTO_SCHEMA);
    expect(warnings).toEqual([
      expect.stringMatching(/body of .*totals\(\)/),
      expect.stringMatching(/stamp\(\) sets a path/),
      expect.stringMatching(/default of logs.id/),
      expect.stringMatching(/view by_name/),
    ]);
  });

  it('refuses to keep a table that refers to a table that moves', async () => {
    const before = await state();
    const keepingOrders = adopt(parts(), { ...INTO_SCHEMA, keep: ['orders'] });
    await expect(keepingOrders).rejects.toThrow('public.orders refers to public.customers');
    await expect(adopt(parts(), { ...INTO_SCHEMA, keep: ['nothing'] })).rejects.toThrow('nothing');
    expect(await state()).toEqual(before);
  });

  it('keeps the types and sequences that kept tables use', async () => {
    await query("create table settings (mood mood, number bigint default nextval('numbers'))");
    const { tenant } = await adopt(parts(), { ...INTO_SCHEMA, keep: ['countries', 'settings'] });
    expect(await asTenant(tenant, "insert into customers (email) values ('c') returning number")).toEqual([
      { number: '5' },
    ]);
    expect(await namesIn('public')).toEqual([
      'pg_trgm',
      'public.numbers',
      'public.countries',
      'public.settings',
      'public.mood',
    ]);
  });

  it('refuses a slug that is taken or malformed, and a schema without tables', async () => {
    await adopt(parts(), INTO_SCHEMA);
    await expect(adopt(parts(), INTO_SCHEMA)).rejects.toMatchObject({ code: 'TENANT_CONFLICT' });
    await expect(adopt(parts(), { tenant: { slug: 'second' }, keep: ['countries'] })).rejects.toThrow(
      'no table to adopt',
    );
    await expect(adopt(parts(), { tenant: { slug: 'No' } })).rejects.toThrow('slug');
  });
});

describe('adopting as an owner that is not a superuser', () => {
  it('takes tables of roles that it is a member of, and gives them back', async () => {
    await using owner = await ordinaryOwner(deployment);
    await query(`grant ${owner.former} to ${owner.login}`);
    await owner.registry.homes.prepareDeployment();
    const before = await state();
    const { tenant, warnings } = await adopt(deployment.parts(owner.registry), INTO_SCHEMA);
    expect(warnings).toContainEqual(expect.stringContaining('public.span_multirange() stays where it is'));
    expect(
      await query("select distinct tableowner from pg_tables where schemaname = 'tenant_first'"),
    ).toEqual([{ tableowner: owner.login }]);
    expect(await owner.registry.for(tenant).query('select count(*)::int from orders')).toEqual([
      { count: 2 },
    ]);
    await undoAdoption(deployment.parts(owner.registry), 'first');
    expect(await state()).toEqual(before);
  });

  it('adds policies that apply to itself too, and removes them', async () => {
    await using owner = await ordinaryOwner(deployment);
    await query(`grant ${owner.former} to ${owner.login}`);
    await owner.registry.homes.prepareDeployment();
    const before = await state();
    const { tenant, rows } = await adopt(deployment.parts(owner.registry), BEHIND_POLICIES);
    expect(rows).toContainEqual({ table: 'customers', before: 2, after: 2 });
    expect(await owner.registry.for(tenant).query('select count(*)::int from customers')).toEqual([
      { count: 2 },
    ]);
    expect((await undoAdoption(deployment.parts(owner.registry), 'first')).rows).toEqual(rows);
    expect(await state()).toEqual(before);
  });

  it('names the statement that a superuser must run for other tables', async () => {
    await using owner = await ordinaryOwner(deployment);
    const adoption = adopt(deployment.parts(owner.registry), INTO_SCHEMA);
    await expect(adoption).rejects.toThrow(`grant "${owner.former}" to "${owner.login}"`);
  });
});

describe('adopting a database behind policies', () => {
  it('assigns each row to the tenant and hides it from other tenants', async () => {
    const { tenant, rows } = await adopt(parts(), BEHIND_POLICIES);
    const other = await deployment.tenant('other', { isolation: 'row' });
    const counted =
      'select (select count(*)::int from customers) as customers, (select count(*)::int from events_old) as events, (select count(*)::int from rich) as rich';
    expect(await asTenant(tenant, counted)).toEqual([{ customers: 2, events: 1, rich: 2 }]);
    expect(await asTenant(other, counted)).toEqual([{ customers: 0, events: 0, rich: 0 }]);
    await asTenant(other, "insert into customers (email) values ('c@x.test')");
    expect(await asTenant(other, 'select tenant_id from customers')).toEqual([{ tenant_id: other.id }]);
    expect(await asTenant(other, 'select count(*)::int from countries')).toEqual([{ count: 2 }]);
    expect(rows.map(({ table }) => table)).toEqual(['Mixed Case', 'customers', 'orders', 'events']);
  });

  it('warns of what stays unique over all tenants, with the statement that changes it', async () => {
    const { warnings } = await adopt(parts(), BEHIND_POLICIES);
    expect(warnings).toEqual([
      expect.stringContaining('materialized view public.by_country'),
      expect.stringContaining('add constraint "customers_email_key" unique (tenant_id, email)'),
      expect.stringContaining(
        'CREATE UNIQUE INDEX orders_number ON public.orders USING btree (tenant_id, number)',
      ),
    ]);
  });

  it('refuses a table with a column tenant_id, and a database that was adopted already', async () => {
    await query('alter table orders add tenant_id int');
    await expect(adopt(parts(), BEHIND_POLICIES)).rejects.toThrow('orders');
    await query('alter table orders drop tenant_id');
    await adopt(parts(), BEHIND_POLICIES);
    await expect(adopt(parts(), { ...BEHIND_POLICIES, tenant: { slug: 'second' } })).rejects.toThrow(
      'has been adopted',
    );
  });
});

describe.each([
  ['into a schema', INTO_SCHEMA],
  ['behind policies', BEHIND_POLICIES],
])('an adoption %s', (_, options) => {
  it('changes nothing in a dry run, and reports what it would do', async () => {
    const before = await state();
    const report = await adopt(parts(), { ...options, dryRun: true });
    expect(report.dryRun).toBe(true);
    expect(report.statements.join(';')).toMatch(/"?customers"?/);
    expect(report.rows).toContainEqual({ table: 'customers', before: 2, after: 2 });
    expect(await state()).toEqual(before);
  });

  it('is undone with the current rows', async () => {
    const before = await state();
    const { tenant } = await adopt(parts(), options);
    await asTenant(tenant, "insert into events values ('2032-01-01', 'since')");
    const dry = await undoAdoption(parts(), 'first', { dryRun: true });
    expect(dry.rows).toContainEqual({ table: 'events', before: 3, after: 3 });
    const report = await undoAdoption(parts(), 'first');
    expect(report.rows).toEqual(dry.rows);
    expect(await state()).toEqual(before);
    expect(await query('select count(*)::int from events')).toEqual([{ count: 3 }]);
  });

  it('cannot be undone when there are other tenants', async () => {
    await adopt(parts(), options);
    await deployment.store.create({ slug: 'other', isolation: 'row', status: 'deleted' });
    await expect(undoAdoption(parts(), 'first')).rejects.toMatchObject({ code: 'MIGRATION_CONFLICT' });
    await expect(undoAdoption(parts(), 'other')).rejects.toMatchObject({ code: 'MIGRATION_CONFLICT' });
    await expect(undoAdoption(parts(), 'nobody')).rejects.toMatchObject({ code: 'TENANT_NOT_FOUND' });
  });

  it('changes nothing when its connection dies in the middle', async () => {
    const before = await state();
    const blocker = await deployment.pool.connect();
    await blocker.query('begin; lock table rowhouse.adoptions in share mode');
    const adoption = adopt(parts(), { ...options, lockTimeoutMs: 60_000 });
    await query('select pg_terminate_backend($1)', [await whenWaitingForLock(deployment, adoption)]);
    await expect(adoption).rejects.toThrow();
    await blocker.query('rollback');
    blocker.release();
    expect(await state()).toEqual(before);
  });

  it('fails when another session holds a lock for too long', async () => {
    const reader = await deployment.pool.connect();
    await reader.query('begin; select * from customers');
    await expect(adopt(parts(), { ...options, lockTimeoutMs: 50 })).rejects.toThrow('holds a lock');
    await reader.query('rollback');
    reader.release();
  });
});

it('undoes row-level security also when a view has been dropped since', async () => {
  const { tenant } = await adopt(parts(), BEHIND_POLICIES);
  const owner = await deployment.registry.directFor(tenant);
  await owner.query('drop view richest');
  await query("update rowhouse.tenants set status = 'deleting'");
  await expect(undoAdoption(parts(), 'first')).rejects.toThrow('purged');
  await query("update rowhouse.tenants set status = 'active'");
  await undoAdoption(parts(), 'first');
  expect(await query('select from rowhouse.tenants')).toEqual([]);
});

it('also moves back tables that were created since the adoption', async () => {
  const { tenant } = await adopt(parts(), INTO_SCHEMA);
  const owner = await deployment.registry.directFor(tenant);
  await owner.query('create table news (id int)');
  await owner.query('drop procedure tidy');
  await undoAdoption(parts(), 'first');
  expect(await namesIn('public')).toContain('public.news');
});
