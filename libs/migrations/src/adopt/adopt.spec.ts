/** @suite postgres15 */
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

  it.each([
    ['into a schema', INTO_SCHEMA],
    ['behind policies', BEHIND_POLICIES],
  ])('records all migrations as run where none is recorded and that is wanted: %s', async (_, options) => {
    await expect(adopt(parts(), { ...options, history: true })).rejects.toThrow(
      'leave out the option history',
    );
    await query('drop table migrations');
    const before = await state();
    const unsure = await adopt(parts(), { ...options, dryRun: true });
    expect(unsure.warnings).toContainEqual(expect.stringContaining('--history'));
    const { tenant } = await adopt(parts(), { ...options, history: true });
    const names = ['First1757000000001', 'Second1757000000002'];
    const [home] = await parts().ledger.homes({ tenants: [tenant.slug] });
    expect(home?.history).toEqual(names);
    const schema = options === INTO_SCHEMA ? 'tenant_first' : 'public';
    expect(await query(`select name from ${schema}.migrations`)).toEqual(names.map((name) => ({ name })));
    await undoAdoption(parts(), 'first');
    expect(await state()).toEqual(before);
  });

  it('warns of texts that name the old schema: bodies and settings of functions, defaults, views', async () => {
    await query(`create procedure as_owner() language sql security definer set search_path = public as 'select 1';
      alter function stamp() set search_path = public, pg_temp; alter function stamp() set application_name = 'public';
      create table logs (id bigint default nextval(('public.numbers'::text)::regclass), country text default 'public.countries');
      create view by_name as select 'public.logs'::text as name`);
    const { warnings } = await adopt(parts(), INTO_SCHEMA);
    expect([...warnings].sort()).toEqual([
      expect.stringMatching(/body of .*totals\(\)/),
      expect.stringMatching(/default of logs.id/),
      expect.stringMatching(/view by_name/),
      expect.stringMatching(
        /as_owner\(\) sets a path.*SET search_path = "tenant_first", "public", pg_temp\..*FROM CURRENT/,
      ),
      expect.stringMatching(/stamp\(\) sets a path.*RESET search_path/),
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

describe('a database with several schemas', () => {
  const SALES = `
    create schema sales; create schema person;
    create table person.people (id serial primary key, name text);
    create type sales.state as enum ('open', 'closed');
    create table sales.invoices (id serial primary key, person int references person.people, state sales.state default 'open', customer int references customers);
    create view sales.owing as select p.name from sales.invoices i join person.people p on p.id = i.person;
    create function sales.f(person.people) returns text language sql as 'select ($1).name';
    insert into person.people (name) values ('Ada'); insert into sales.invoices (person) values (1)`;
  const FROM = ['public', 'sales', 'person'];
  const all = async () => ({
    ...(await state()),
    sales: await describeSchema(deployment.pool, 'sales'),
    person: await describeSchema(deployment.pool, 'person'),
  });

  it('becomes one home, and is apart again after an undo', async () => {
    await query(SALES);
    const before = await all();
    const { tenant, rows, warnings } = await adopt(parts(), { ...INTO_SCHEMA, from: FROM });
    expect(rows).toContainEqual({ table: 'invoices', before: 1, after: 1 });
    expect(warnings).toContainEqual(expect.stringContaining('"sales" stays'));
    expect(await namesIn('sales')).toEqual([]);
    expect(await asTenant(tenant, 'select * from owing')).toEqual([{ name: 'Ada' }]);
    await undoAdoption(parts(), 'first');
    expect(await all()).toEqual(before);
  });

  it('is refused where two objects have one name, with both', async () => {
    await query(`${SALES}; create table person.orders (id int)`);
    await expect(adopt(parts(), { ...INTO_SCHEMA, from: FROM })).rejects.toThrow(
      /public\.orders and person\.orders|person\.orders and public\.orders/,
    );
    await expect(adopt(parts(), { ...BEHIND_POLICIES, from: FROM })).rejects.toThrow('share the schema');
    await expect(adopt(parts(), { ...INTO_SCHEMA, from: ['sales', 'sales'] })).rejects.toThrow('once');
  });

  it('is refused where other schemas use what is adopted, until each is accepted', async () => {
    await query(`create schema reports;
      create view reports.v as select * from public.orders; create view reports.of_kept as select * from countries;
      create table reports.r (order_id int references public.orders);
      create function reports.f() returns bigint language sql as 'select count(*) from public.orders';
      create function on_ddl() returns event_trigger language plpgsql as 'begin end'; create event trigger noticed on ddl_command_end execute function on_ddl();
      create publication whole for tables in schema public; create publication one for table orders`);
    const before = await state();
    const accept = [
      'view reports.v',
      'table constraint r_order_id_fkey on reports.r',
      'function reports.f()',
      'event trigger noticed',
    ];
    const adoption = adopt(parts(), INTO_SCHEMA);
    for (const name of accept) await expect(adoption).rejects.toThrow(name);
    await expect(adopt(parts(), { ...INTO_SCHEMA, accept: accept.slice(1) })).rejects.toThrow(accept[0]);
    expect(await state()).toEqual(before);
    const { warnings } = await adopt(parts(), { ...INTO_SCHEMA, accept });
    for (const name of [...accept, 'The publication one', 'The publication whole'])
      expect(warnings).toContainEqual(expect.stringContaining(name));
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

  it('advises no membership in a superuser', async () => {
    await using owner = await ordinaryOwner(deployment);
    await query(`grant ${owner.former} to ${owner.login}; create table public.theirs (id int)`);
    const adoption = adopt(deployment.parts(owner.registry), INTO_SCHEMA);
    await expect(adoption).rejects.toThrow(`alter table public.theirs owner to "${owner.login}"`);
    await expect(adoption).rejects.not.toThrow('grant ');
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

  it('leaves one entry in the audit trail, with who made it', async () => {
    const by = { type: 'operator', id: 'ada' };
    const { tenant } = await adopt(parts(), BEHIND_POLICIES, { by });
    expect(
      await query(
        `select action, target, actor from rowhouse.audit_entries where tenant_id = '${tenant.id}' order by seq`,
      ),
    ).toEqual([{ action: 'tenant.created', target: tenant.slug, actor: by }]);
  });

  it('warns of what stays unique over all tenants, with the statement that changes it', async () => {
    const { warnings } = await adopt(parts(), BEHIND_POLICIES);
    expect(warnings).toEqual([
      expect.stringContaining('materialized view public.by_country'),
      expect.stringContaining('add constraint "customers_email_key" UNIQUE (tenant_id, email)'),
      expect.stringContaining(
        'CREATE UNIQUE INDEX orders_number ON public.orders USING btree (tenant_id, number)',
      ),
    ]);
  });

  it('names every key that one value of another tenant blocks, and its remedies work', async () => {
    await query(`
      create table codes (code varchar(5) primary key);
      create table uses (id uuid primary key default gen_random_uuid(), code varchar(5) references codes on delete set null on update cascade);
      create table links (left_code varchar(5) references codes, right_id uuid references uses, primary key (left_code, right_id));
      create table empties (a int, b int, unique nulls not distinct (a, b));
      create table wide (a int, b text, constraint "wide (a)" unique (a) include (b));
      create table late (a int unique deferrable initially deferred);
      create table "odd (name" (a int); create unique index "odd (index" on "odd (name" (lower(a::text)) where a > 0;
      create table bookings (room int, during int4range, exclude using gist (during with &&));
      create table pairs (a int, b int, primary key (a, b)); create table pair_uses (a int, b int, foreign key (a, b) references pairs deferrable)`);
    const { tenant: first, warnings } = await adopt(parts(), BEHIND_POLICIES);
    const other = await deployment.tenant('other', { isolation: 'row' });
    const remedies = warnings.flatMap((warning) => warning.split('within each tenant: ')[1] ?? []);
    expect(warnings.filter((warning) => /uses_pkey|links_pkey|customers_pkey/.test(warning))).toEqual([]);
    const insert = async (tenant: Tenant) => {
      await asTenant(tenant, "insert into codes values ('a')");
      await asTenant(tenant, "insert into uses (code) values ('a')");
      await asTenant(tenant, 'insert into empties values (1, null)');
      await asTenant(tenant, "insert into wide values (1, 'b')");
      await asTenant(tenant, 'insert into late values (1)');
      await asTenant(tenant, 'insert into "odd (name" values (1)');
      await asTenant(tenant, "insert into bookings values (1, '[1,5)')");
      await asTenant(tenant, 'insert into pairs values (1, 1)');
      await asTenant(tenant, 'insert into pair_uses values (1, 1)');
      await asTenant(tenant, "insert into customers (email) values ('same')");
    };
    await insert(first);
    for (const name of [
      'codes_pkey',
      'empties_a_b_key',
      'wide (a)',
      'late_a_key',
      'odd (index',
      'bookings_during_excl',
      'pairs_pkey',
    ])
      expect(warnings).toContainEqual(expect.stringContaining(`${name} of `));
    await expect(asTenant(other, "insert into codes values ('a')")).rejects.toMatchObject({ code: '23505' });
    for (const remedy of remedies) await query(remedy);
    await insert(other);
    await asTenant(other, "update codes set code = 'b'");
    expect(await asTenant(other, 'select code from uses')).toEqual([{ code: 'b' }]);
    await asTenant(other, 'delete from codes');
    expect(await asTenant(other, 'select code, tenant_id from uses')).toEqual([
      { code: null, tenant_id: other.id },
    ]);
    expect(await asTenant(first, 'select code from uses')).toEqual([{ code: 'a' }]);
    await expect(insert(first)).rejects.toMatchObject({ code: '23505' });
  });

  it('refuses functions that read all rows as a superuser, until they are mended or accepted', async () => {
    await query(`create function all_orders() returns bigint language sql security definer as 'select count(*) from orders';
      create function harmless() returns int language sql as 'select 1'; create schema reports;
      create table reports.things (id int);
      create function reports.count_things() returns bigint language sql security definer as 'select count(*) from reports.things'`);
    await expect(adopt(parts(), BEHIND_POLICIES)).rejects.toThrow(
      /function public\.all_orders\(\) uses the rows of all tenants.*alter function public\.all_orders\(\) security invoker.*--accept 'function public\.all_orders\(\)'$/,
    );
    const accept = ['function public.all_orders()'];
    const { warnings } = await adopt(parts(), { ...BEHIND_POLICIES, accept, dryRun: true });
    expect(warnings).toContainEqual(expect.stringContaining('function public.all_orders()'));
    await query('alter function all_orders() security invoker');
    await expect(adopt(parts(), { ...BEHIND_POLICIES, accept })).rejects.toThrow('accept names');
    await adopt(parts(), BEHIND_POLICIES);
  });

  it('warns of functions that return rows of a table, where PostgreSQL checks them when they are called', async () => {
    await query(`create function some_orders() returns setof orders language plpgsql as 'begin return query select * from orders; end';
      create function the_orders() returns setof orders language sql as 'select * from orders'`);
    const { warnings } = await adopt(parts(), BEHIND_POLICIES);
    expect(warnings).toContainEqual(expect.stringMatching(/^some_orders\(\) returns rows of orders/));
    expect(warnings).not.toContainEqual(expect.stringContaining('the_orders()'));
  });

  it('refuses functions that list the columns of rows that they return, until they are mended or accepted', async () => {
    await query(`create table codes (code text, name text); insert into codes values ('a', 'A'), ('b', 'B');
      create function listed() returns setof codes language sql set search_path = public as 'select code, name from codes';
      create function settled() returns setof codes begin atomic select c.* from codes c; end`);
    const before = await state();
    await expect(adopt(parts(), BEHIND_POLICIES)).rejects.toThrow(
      /Functions would fail.*function public\.listed\(\): return type mismatch.*returns table \(code text, name text\).*function public\.settled\(\): .*BEGIN ATOMIC.*--accept 'function public\.listed\(\)' --accept 'function public\.settled\(\)'$/,
    );
    expect(await state()).toEqual(before);
    const accept = ['function public.listed()', 'function public.settled()'];
    const { warnings } = await adopt(parts(), { ...BEHIND_POLICIES, accept, dryRun: true });
    expect(warnings).toContainEqual(
      expect.stringMatching(/^function public\.listed\(\) fails now, which you accepted/),
    );
    await query(`create or replace function listed() returns setof codes language sql as 'select t.* from codes t';
      drop function settled();
      create function settled() returns table (code text, name text) begin atomic select c.* from codes c; end`);
    const { tenant } = await adopt(parts(), BEHIND_POLICIES);
    for (const name of ['listed', 'settled'])
      expect(await asTenant(tenant, `select count(*)::int from ${name}()`)).toEqual([{ count: 2 }]);
  });

  it('refuses policies that show more rows, until they are restrictive, and puts row-level security back as it was', async () => {
    await query(`create table notes (id int primary key, writer name default current_user); alter table notes enable row level security, force row level security;
      create table drafts (id int primary key); alter table drafts enable row level security;
      create policy own on notes using (writer = current_user);
      create view checked with (security_invoker = true, check_option = local) as select * from orders where total > 0`);
    await expect(adopt(parts(), BEHIND_POLICIES)).rejects.toThrow(
      /policy own on public\.notes uses the rows .*drop policy own on notes.*--accept 'policy own on public\.notes'/,
    );
    await query(
      'drop policy own on notes; create policy own on notes as restrictive using (writer = current_user)',
    );
    const before = await state();
    const security = () =>
      query(
        "select relname, relrowsecurity, relforcerowsecurity, reloptions from pg_class where relname in ('notes', 'drafts', 'checked') order by 1",
      );
    const secured = await security();
    await adopt(parts(), BEHIND_POLICIES);
    await undoAdoption(parts(), 'first');
    expect(await state()).toEqual(before);
    expect(await security()).toEqual(secured);
  });

  it('says that nothing was changed when a statement of its fails', async () => {
    await query(`do $$ begin
      execute 'create table wide (' || (select string_agg(format('c%s bool', i), ', ') from generate_series(1, 1600) i) || ')';
    end $$`);
    await expect(adopt(parts(), BEHIND_POLICIES)).rejects.toThrow(
      'Nothing was changed: tables can have at most 1600 columns',
    );
  });

  it('refuses tables of a type, with the statement that makes them ordinary ones', async () => {
    await query('create type point_3d as (x float8, y float8); create table points of point_3d');
    const adopting = adopt(parts(), BEHIND_POLICIES);
    await expect(adopting).rejects.toThrow(/points \(of point_3d\).*: alter table points not of$/);
    const { message } = (await adopting.catch((error: Error) => error as { message: string })) as {
      message: string;
    };
    await query(message.slice(message.lastIndexOf(': ') + 2));
    await adopt(parts(), BEHIND_POLICIES);
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

  it('makes no role and grants nothing in a dry run, and its undo leaves no grant behind', async () => {
    const fresh = await openDeployment({ migrations });
    try {
      await fresh.catalog.query(`${OLD_APP}; grant select (email), update (email) on customers to public`);
      const privileges = async () => ({
        tables: await describeSchema(fresh.pool, 'public'),
        columns: (
          await fresh.pool.query(
            "select attrelid::regclass, attname, attacl from pg_attribute where attacl is not null and attrelid::regclass::text = 'customers'",
          )
        ).rows,
        schema: (
          await fresh.pool.query("select nspacl from pg_namespace where nspname in ('public', 'rowhouse')")
        ).rows,
        roles: (
          await fresh.pool.query('select rolname from pg_roles where starts_with(rolname::text, $1)', [
            fresh.prefix,
          ])
        ).rows,
      });
      const before = await privileges();
      expect(before.roles).toEqual([]);
      await adopt(fresh.parts(), { ...options, dryRun: true });
      expect(await privileges()).toEqual(before);
      await adopt(fresh.parts(), options);
      await undoAdoption(fresh.parts(), 'first');
      const { tables, columns } = await privileges();
      expect({ tables, columns }).toEqual({ tables: before.tables, columns: before.columns });
    } finally {
      await fresh.close();
    }
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
    await expect(undoAdoption(parts(), 'first')).rejects.toMatchObject({
      code: 'MIGRATION_CONFLICT',
      message: expect.stringMatching(/^There is 1 other tenant now .+Purge it first/),
    });
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
