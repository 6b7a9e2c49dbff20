/** @suite postgres15 */
import { ROW_POLICIES } from '../homes/row-policies.js';
import { InMemoryTenantStore } from '../tenants/in-memory-tenant-store.js';
import { type Deployment, openDeployment, planted } from './deployment.fixture.js';

let deployment: Deployment;
beforeAll(async () => {
  deployment = await openDeployment();
});
afterAll(() => deployment.close());

interface Fault {
  readonly what: string;
  readonly id: string;
  readonly status: 'warn' | 'fail';
  readonly plant: (deployment: Deployment) => string;
  readonly uproot: (deployment: Deployment) => string;
  /** What the detail names. */
  readonly names: (deployment: Deployment) => string;
  readonly remedy?: string;
}

const rowFaults: Fault[] = [
  {
    what: 'a table with tenant_id and no row-level security',
    id: 'rows.enforced',
    status: 'fail',
    plant: () => 'create table public.notes (tenant_id uuid, id uuid)',
    uproot: () => 'drop table public.notes',
    names: () => 'public.notes',
    remedy: 'alter table public.notes enable row level security, force row level security;',
  },
  {
    what: 'row-level security that is not forced',
    id: 'rows.enforced',
    status: 'fail',
    plant: () => 'alter table public.books no force row level security',
    uproot: () => 'alter table public.books force row level security',
    names: () => 'public.books',
  },
  {
    what: 'row-level security that is disabled',
    id: 'rows.enforced',
    status: 'fail',
    plant: () => 'alter table public.books disable row level security',
    uproot: () => 'alter table public.books enable row level security',
    names: () => 'public.books',
  },
  {
    what: 'a materialized view of the rows of all tenants',
    id: 'rows.enforced',
    status: 'fail',
    plant: () => 'create materialized view public.all_books as select * from public.books',
    uproot: () => 'drop materialized view public.all_books',
    names: () => 'public.all_books',
    remedy: 'cannot have row-level security',
  },
  {
    what: 'a table without the policy',
    id: 'rows.policies',
    status: 'fail',
    plant: () => 'alter policy rowhouse_tenant on public.books rename to mine',
    uproot: () => 'alter policy mine on public.books rename to rowhouse_tenant',
    names: () => 'public.books has no policy rowhouse_tenant',
    remedy: 'create policy rowhouse_tenant on public.books',
  },
  {
    what: 'a policy that reads more',
    id: 'rows.policies',
    status: 'fail',
    plant: () => `alter policy rowhouse_tenant on public.books using (true)`,
    uproot: () => `alter policy rowhouse_tenant on public.books using (${ROW_POLICIES.isOwnRow})`,
    names: () => 'public.books: rowhouse_tenant was altered',
  },
  {
    what: 'a policy that lets more be written',
    id: 'rows.policies',
    status: 'fail',
    plant: () => `alter policy rowhouse_tenant on public.books with check (true)`,
    uproot: () => `alter policy rowhouse_tenant on public.books with check (${ROW_POLICIES.isOwnRow})`,
    names: () => 'public.books: rowhouse_tenant was altered',
  },
  {
    what: "a system's policy that is open to all",
    id: 'rows.policies',
    status: 'fail',
    plant: () => `alter policy rowhouse_system on public.books to public`,
    uproot: ({ roles }) => `alter policy rowhouse_system on public.books to ${roles.system}`,
    names: () => 'public.books: rowhouse_system was altered',
  },
  {
    what: 'another permissive policy for tenants',
    id: 'rows.permissive',
    status: 'fail',
    plant: () => 'create policy published on public.books using (id is not null)',
    uproot: () => 'drop policy published on public.books',
    names: () => 'published on public.books for public',
    remedy: 'drop policy "published" on public.books',
  },
  {
    what: 'another permissive policy for a role of the operator',
    id: 'rows.permissive',
    status: 'warn',
    plant: () => 'create policy reports on public.books to pg_monitor using (true)',
    uproot: () => 'drop policy reports on public.books',
    names: () => 'reports on public.books for pg_monitor',
  },
  {
    what: 'row tenants who may truncate',
    id: 'rows.privileges',
    status: 'fail',
    plant: ({ roles }) => `grant truncate on public.books to ${roles.row}`,
    uproot: ({ roles }) => `revoke truncate on public.books from ${roles.row}`,
    names: ({ roles }) => `TRUNCATE on public.books by ${roles.row}`,
  },
  {
    what: 'everybody who may make triggers',
    id: 'rows.privileges',
    status: 'fail',
    plant: () => `grant trigger on public.books to public`,
    uproot: () => `revoke trigger on public.books from public`,
    names: () => 'TRIGGER on public.books',
  },
  {
    what: 'a function that reads rows as a superuser',
    id: 'rows.owners',
    status: 'fail',
    plant: () =>
      `create function public.all_books() returns bigint language sql security definer set search_path = pg_catalog
         as $$ select count(*) from public.Books $$;
       grant execute on function public.all_books() to public`,
    uproot: () => 'drop function public.all_books()',
    names: () => 'function public.all_books() of ',
    remedy: 'alter routine public.all_books() security invoker;',
  },
  {
    what: 'a view of a view that reads rows as a superuser, in another schema',
    id: 'rows.owners',
    status: 'fail',
    plant: ({ roles }) =>
      `create schema reports; create view reports.inner_books as select * from public.books;
       create view reports.all_books as select * from reports.inner_books;
       grant usage on schema reports to ${roles.row}; grant select on reports.all_books to ${roles.row}`,
    uproot: () => 'drop schema reports cascade',
    names: () => 'view reports.all_books of ',
    remedy: 'alter view reports.all_books set (security_invoker = true);',
  },
  {
    what: 'a table of rows that refer to those of tenants, and name none',
    id: 'rows.shared',
    status: 'warn',
    plant: () => 'create table public.reviews (author uuid references public.authors)',
    uproot: () => 'drop table public.reviews',
    names: () => 'public.reviews',
    remedy: '@TenantEntity()',
  },
  {
    what: 'a table that tenants with schemas have too',
    id: 'rows.shared',
    status: 'warn',
    plant: () => 'create table public.products (id int)',
    uproot: () => 'drop table public.products',
    names: () => 'public.products',
  },
  {
    what: 'a unique index over all tenants',
    id: 'rows.unique',
    status: 'warn',
    plant: () => 'create unique index authors_by_name on public.authors (name) include (tenant_id)',
    uproot: () => 'drop index public.authors_by_name',
    names: () => 'authors_by_name on public.authors',
  },
  {
    what: 'a foreign key without the tenant, to keys that can be guessed',
    id: 'rows.references',
    status: 'warn',
    plant: () =>
      `alter table public.authors add number int unique;
       alter table public.books add number int constraint by_number references public.authors (number)`,
    uproot: () => 'alter table public.books drop number; alter table public.authors drop number',
    names: () => 'by_number on public.books',
    remedy: 'drop constraint "by_number"',
  },
];

const borderFaults: Fault[] = [
  {
    what: 'a schema in which everybody may create',
    id: 'schemas.create',
    status: 'fail',
    plant: () => 'grant create on schema public to public',
    uproot: () => 'revoke create on schema public from public',
    names: () => 'public by public',
    remedy: 'revoke create on schema "public" from public;',
  },
  {
    what: 'tenants who may read jobs of others',
    id: 'catalog.closed',
    status: 'fail',
    plant: ({ roles }) =>
      `create schema rowhouse; create table rowhouse.jobs (); grant select on rowhouse.jobs to ${roles.shared}`,
    uproot: () => 'drop schema rowhouse cascade',
    names: ({ roles }) => `rowhouse.jobs by ${roles.shared} (SELECT)`,
    remedy: 'revoke SELECT on rowhouse.jobs from',
  },
  {
    what: 'a catalog that is open to everybody',
    id: 'catalog.closed',
    status: 'fail',
    plant: () => 'create schema rowhouse; grant usage on schema rowhouse to public',
    uproot: () => 'drop schema rowhouse',
    names: () => 'schema rowhouse by public (USAGE)',
  },
  {
    what: 'a tenant who may create in its schema',
    id: 'schemas.create',
    status: 'fail',
    plant: ({ roles, acme }) => `grant create on schema ${acme.schema} to ${roles.ofTenant(acme)}`,
    uproot: ({ roles, acme }) => `revoke create on schema ${acme.schema} from ${roles.ofTenant(acme)}`,
    names: ({ acme }) => acme.schema,
  },
  {
    what: 'a function of its owner without a fixed path',
    id: 'functions.definer',
    status: 'fail',
    plant: () => 'create function public.peek() returns int language sql security definer as $$ select 1 $$',
    uproot: () => 'drop function public.peek()',
    names: () => 'peek()',
    remedy: 'alter function peek() set search_path = ',
  },
  {
    what: 'a function of its owner',
    id: 'functions.definer',
    status: 'warn',
    plant: ({ acme }) =>
      `create function ${acme.schema}.peek() returns int language sql security definer set search_path = pg_catalog as $$ select 1 $$`,
    uproot: ({ acme }) => `drop function ${acme.schema}.peek()`,
    names: ({ acme }) => `${acme.schema}.peek()`,
  },
  {
    what: 'a foreign key into the schema of another',
    id: 'schemas.crossings',
    status: 'fail',
    plant: ({ acme, globex }) =>
      `alter table ${acme.schema}.products add constraint theirs foreign key (id) references ${globex.schema}.products`,
    uproot: ({ acme }) => `alter table ${acme.schema}.products drop constraint theirs`,
    names: () => 'constraint theirs',
  },
  {
    what: 'a view of the table of another',
    id: 'schemas.crossings',
    status: 'fail',
    plant: ({ acme, globex }) =>
      `create view ${acme.schema}.theirs as select * from ${globex.schema}.products`,
    uproot: ({ acme }) => `drop view ${acme.schema}.theirs`,
    names: ({ acme, globex }) => `in ${acme.schema} uses ${globex.schema}`,
  },
  {
    what: "a shared view of a tenant's table",
    id: 'schemas.crossings',
    status: 'fail',
    plant: ({ globex }) => `create view public.theirs as select * from ${globex.schema}.products`,
    uproot: () => `drop view public.theirs`,
    names: ({ globex }) => `in public uses ${globex.schema}`,
  },
  {
    what: 'a function that reads the table of another',
    id: 'schemas.crossings',
    status: 'fail',
    plant: ({ acme, globex }) =>
      `create function ${acme.schema}.theirs() returns bigint language sql begin atomic select count(*) from ${globex.schema}.products; end`,
    uproot: ({ acme }) => `drop function ${acme.schema}.theirs()`,
    names: () => 'theirs()',
  },
  {
    what: 'a trigger that calls a function of another',
    id: 'schemas.crossings',
    status: 'fail',
    plant: ({ acme, globex }) =>
      `create function ${globex.schema}.copy() returns trigger language plpgsql as $$ begin return new; end $$;
       create trigger copying after insert on ${acme.schema}.products for each row execute function ${globex.schema}.copy()`,
    uproot: ({ globex }) => `drop function ${globex.schema}.copy() cascade`,
    names: () => 'trigger copying',
  },
  {
    what: 'a default from the sequence of another',
    id: 'schemas.crossings',
    status: 'fail',
    plant: ({ acme, globex }) =>
      `create sequence ${globex.schema}.numbers;
       alter table ${acme.schema}.products alter id set default nextval('${globex.schema}.numbers')`,
    uproot: ({ globex }) => `drop sequence ${globex.schema}.numbers cascade`,
    names: () => 'default value',
  },
  {
    what: "a column of another's type",
    id: 'schemas.crossings',
    status: 'fail',
    plant: ({ acme, globex }) =>
      `create type ${globex.schema}.size as enum ('s'); alter table ${acme.schema}.products add size ${globex.schema}.size`,
    uproot: ({ globex }) => `drop type ${globex.schema}.size cascade`,
    names: ({ acme, globex }) => `in ${acme.schema} uses ${globex.schema}`,
  },
];

const grantFaults: Fault[] = [
  {
    what: 'a table that everybody may read',
    id: 'grants.stray',
    status: 'fail',
    plant: ({ acme }) => `grant select on ${acme.schema}.products to public`,
    uproot: ({ acme }) => `revoke select on ${acme.schema}.products from public`,
    names: ({ acme }) => `SELECT on table ${acme.schema}.products to PUBLIC`,
    remedy: 'rowhouse grants repair --all',
  },
  {
    what: 'a schema that another tenant may use',
    id: 'grants.stray',
    status: 'fail',
    plant: ({ acme, globex, roles }) => `grant usage on schema ${acme.schema} to ${roles.ofTenant(globex)}`,
    uproot: ({ acme, globex, roles }) =>
      `revoke usage on schema ${acme.schema} from ${roles.ofTenant(globex)}`,
    names: ({ roles, globex }) => roles.ofTenant(globex),
  },
  {
    what: "a tenant's own table that it may not write",
    id: 'grants.missing',
    status: 'fail',
    plant: ({ acme, roles }) => `revoke update on ${acme.schema}.products from ${roles.ofTenant(acme)}`,
    uproot: ({ acme, roles }) => `grant update on ${acme.schema}.products to ${roles.ofTenant(acme)}`,
    names: ({ acme }) => `${acme.schema}.products`,
  },
  {
    what: "a tenant's own schema that it may not use",
    id: 'grants.missing',
    status: 'fail',
    plant: ({ acme, roles }) => `revoke usage on schema ${acme.schema} from ${roles.ofTenant(acme)}`,
    uproot: ({ acme, roles }) => `grant usage on schema ${acme.schema} to ${roles.ofTenant(acme)}`,
    names: ({ acme }) => `schema ${acme.schema}`,
  },
  {
    what: 'a schema without default privileges',
    id: 'grants.defaults',
    status: 'warn',
    plant: ({ acme, roles }) =>
      `alter default privileges in schema ${acme.schema} revoke all on tables from ${roles.ofTenant(acme)}`,
    uproot: ({ acme, roles }) =>
      `alter default privileges in schema ${acme.schema} grant select, insert, update, delete, truncate on tables to ${roles.ofTenant(acme)}`,
    names: ({ acme }) => acme.schema,
  },
];

describe.each([
  ['rows', rowFaults],
  ['borders', borderFaults],
  ['grants', grantFaults],
])('of %s', (_, faults) => {
  it.each(faults)('$what is found by $id', async ({ id, status, plant, uproot, names, remedy }) => {
    const found = await planted(deployment, id, plant(deployment), uproot(deployment));
    expect(found).toMatchObject({ id, status, detail: expect.stringContaining(names(deployment)) });
    expect(found?.remedy).toContain(remedy ?? '');
    expect(found?.remedy).not.toBe('');
  });

  it('nothing is found any more', async () => {
    const ids = new Set(faults.map(({ id }) => id));
    const checks = (await deployment.examine()).filter(({ id }) => ids.has(id));
    expect(checks.map(({ status, detail }) => (status === 'pass' ? 'pass' : detail))).toEqual(
      [...ids].map(() => 'pass'),
    );
  });
});

it('a remedy for policies mends them', async () => {
  const { admin } = deployment;
  await admin.query('alter policy rowhouse_tenant on public.books using (true)');
  const found = await deployment.check('rows.policies');
  await admin.query(found?.remedy ?? '');
  expect(await deployment.check('rows.policies')).toMatchObject({ status: 'pass' });
});

it('tables that the guard was told to leave alone are left alone', async () => {
  const { admin, examineOptions } = deployment;
  await admin.query('create table public.exempt_ones (tenant_id uuid)');
  const app = { ...examineOptions.app, guard: { exemptTables: ['public.exempt_ones'] } };
  expect(await deployment.check('rows.enforced', { app })).toMatchObject({ status: 'pass' });
  expect(await deployment.check('rows.enforced')).toMatchObject({ status: 'fail' });
  await admin.query('drop table public.exempt_ones');
});

describe('tables that migrations leave without tenant_id', () => {
  it('are found by their names, where tenants have isolation row', async () => {
    const { admin, check, tenants } = deployment;
    const tablesWithoutTenant = async () => ['notes', 'books', 'elsewhere'];
    await admin.query('create table public.notes (id int)');
    expect(await check('rows.shared')).toMatchObject({ status: 'pass' });
    expect(await check('rows.shared', { tablesWithoutTenant })).toMatchObject({
      status: 'warn',
      detail: expect.stringMatching(/\(1: public\.notes\)$/),
    });
    const app = { ...deployment.examineOptions.app, guard: { exemptTables: ['notes'] } };
    expect(await check('rows.shared', { tablesWithoutTenant, app })).toMatchObject({ status: 'pass' });
    const store = new InMemoryTenantStore(tenants.filter(({ isolation }) => isolation !== 'row'));
    const never = () => Promise.reject(new Error('not asked'));
    expect(await check('rows.shared', { store, tablesWithoutTenant: never })).toMatchObject({
      status: 'pass',
    });
    await admin.query('drop table public.notes');
  });

  it('are not the record of migrations, whatever its name', async () => {
    const { admin, acme, check } = deployment;
    for (const schema of ['public', acme.schema])
      await admin.query(`create table ${schema}.shop_history (id int, "timestamp" bigint, name text)`);
    expect(await check('rows.shared')).toMatchObject({ status: 'pass' });
    await admin.query(`drop table public.shop_history, ${acme.schema}.shop_history`);
  });
});
