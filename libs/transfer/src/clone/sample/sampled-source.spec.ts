import type { Tenant, TenantIsolation } from '@rowhouse/core';
import type { Fleet } from '@rowhouse/migrations/fleet';
import { migration, TransferDeployment } from '../../transfer.fixture.js';
import { cloneTenant, planClone } from '../clone-tenant.js';
import type { Sample } from './sample-options.js';

const wallOf = ({ roles }: TransferDeployment, table: string) => [
  `alter table ${table} add tenant_id uuid not null
     default uuid_in(textout(regexp_substr(current_setting('rowhouse.tenant_id', true), '.+')))`,
  `create policy rowhouse_tenant on ${table}
     using (tenant_id = (select nullif(current_setting('rowhouse.tenant_id', true), '')::uuid))`,
  `create policy rowhouse_system on ${table} to ${roles}_system using (true)`,
  `alter table ${table} enable row level security, force row level security`,
];
const TABLES = ['customers', 'products', 'orders', 'lines', 'staff', '"Odd Name"', 'logs', 'heads', 'teams'];

/** A reference by a number of another scale, within the table, in a circle, of partitions, of two columns; a table without a key. */
const schema = (deployment: TransferDeployment, walled: boolean) =>
  migration('Sampled1757000000001', [
    'create table customers (id int primary key, name text)',
    'create table products (code numeric primary key)',
    `create table orders (id int, day date, customer_id int not null references customers, primary key (id, day)) partition by range (day)`,
    `create table orders_1 partition of orders for values from ('2026-01-01') to ('2026-06-01')`,
    'create table orders_2 partition of orders default',
    `create table lines (order_id int, day date, product numeric references products, note text, foreign key (order_id, day) references orders)`,
    'create table staff (id int primary key, boss int references staff, customer_id int references customers)',
    'create table "Odd Name" ("A ""b""" char(5) primary key)',
    'create table logs (text text, odd char(9) references "Odd Name")',
    'create table heads (id int primary key, team int)',
    'create table teams (id int primary key, head int references heads deferrable)',
    'alter table heads add foreign key (team) references teams deferrable initially deferred',
    ...(walled ? TABLES.flatMap((table) => wallOf(deployment, table)) : []),
  ]);

const ROWS = [
  "insert into customers select n, 'customer ' || n from generate_series(1, 400) n",
  'insert into products select n + 0.50 from generate_series(1, 100) n',
  "insert into orders select n, date '2026-01-01' + n % 300, 1 + n % 400 from generate_series(1, 2000) n",
  "insert into lines select n, date '2026-01-01' + n % 300, nullif(n % 101, 0) + 0.5000, E'a\\tb\\n' || n from generate_series(1, 2000) n",
  'insert into staff select n, nullif(n - 1, 0), null from generate_series(1, 50) n',
  `insert into "Odd Name" select 'a' || n from generate_series(1, 40) n`,
  "insert into logs select 'log ' || n, case when n < 41 then 'a' || n end from generate_series(1, 300) n",
  'insert into heads select n, null from generate_series(1, 100) n',
  'insert into teams select n, 101 - n from generate_series(1, 100) n',
  'update heads set team = 1 + id % 100',
];

const COUNTS = TABLES.map((table) => `(select count(*)::int from ${table}) as ${table}`).join(', ');

let deployment: TransferDeployment;
let fleet: Fleet;
beforeEach(async () => {
  deployment = await TransferDeployment.open();
});
afterEach(() => deployment.close());

async function acme(isolation: TenantIsolation): Promise<Tenant> {
  fleet = await deployment.fleet([schema(deployment, isolation === 'row')]);
  const tenant = await fleet.tenants.create({ slug: 'acme', isolation });
  for (const text of ROWS) await deployment.query(fleet, tenant, text);
  return tenant;
}

const countsOf = async (tenant: Tenant) =>
  (await deployment.query(fleet, tenant, `select ${COUNTS}`))[0] as Record<string, number>;

async function clone(source: Tenant, slug: string, sample: Sample, seed = 'seed of the samples') {
  const isolation = source.isolation === 'row' ? 'schema' : source.isolation;
  return (await cloneTenant(fleet, source, { slug, isolation, sample, seed })).tenant;
}

describe.each<TenantIsolation>(['schema', 'row', 'database'])(
  'a sample of a tenant with isolation %s',
  (isolation) => {
    it('has about that share of the rows, with all that they refer to', async () => {
      const source = await acme(isolation);
      const sample = { share: 0.1 };
      const tenant = await clone(source, 'tenth', sample);
      const counts = await countsOf(tenant);
      // That the foreign keys hold was checked by PostgreSQL.
      expect(counts['customers']).toBeGreaterThan(15);
      expect(counts['customers']).toBeLessThan(90);
      expect(counts['orders']).toBeGreaterThan(60);
      expect(counts['orders']).toBeLessThan(500);
      // Lines go with their orders.
      expect(counts['lines']).toBe(counts['orders']);
      expect(counts['teams']).toBeLessThan(100);
      const bosses = await deployment.query(
        fleet,
        tenant,
        'select max(id)::int - count(*)::int as missing from staff',
      );
      expect(bosses).toEqual([{ missing: 0 }]);
      const plan = await planClone(fleet, source, { sample, seed: 'seed of the samples' });
      expect(Object.fromEntries(plan.tables.map(({ name, rows }) => [name, rows]))).toEqual(
        Object.fromEntries(Object.entries(counts)),
      );
    });
  },
);

describe('a sample', () => {
  it('is the same for the same seed, and another for another', async () => {
    const source = await acme('schema');
    const ids = async (slug: string, seed: string) =>
      deployment.query(
        fleet,
        await clone(source, slug, { share: 0.2 }, seed),
        'select id from customers order by id',
      );
    const first = await ids('one', 'the seed of this spec');
    expect(await ids('two', 'the seed of this spec')).toEqual(first);
    expect(await ids('three', 'another seed of this spec')).not.toEqual(first);
  });

  it('of named tables has that many of their rows, what goes with them, and all of the others', async () => {
    const source = await acme('schema');
    const counts = await countsOf(
      await clone(source, 'named', { tables: { customers: { rows: 7 }, logs: { share: 0.5 } } }),
    );
    expect(counts).toMatchObject({ products: 100, staff: 50, heads: 100, teams: 100, 'Odd Name': 40 });
    expect(counts['customers']).toBe(7);
    expect(counts['orders']).toBe(35);
    expect(counts['lines']).toBe(35);
    expect(counts['logs']).toBeGreaterThan(90);
    expect(counts['logs']).toBeLessThan(210);
    const more = await countsOf(
      await clone(source, 'more', { tables: { orders: { rows: 5 }, customers: { rows: 9_999 } } }),
    );
    expect(more).toMatchObject({ customers: 400, orders: 5, lines: 5 });
  });

  it('of a table without rows, and of all', async () => {
    fleet = await deployment.fleet([schema(deployment, false)]);
    const empty = await fleet.tenants.create({ slug: 'empty' });
    expect(await countsOf(await clone(empty, 'few', { tables: { customers: { rows: 7 } } }))).toMatchObject({
      customers: 0,
    });
    for (const text of ROWS) await deployment.query(fleet, empty, text);
    expect(await countsOf(await clone(empty, 'all', { share: 1 }))).toEqual(await countsOf(empty));
  });

  it.each([
    [{ share: 0 }, 'OPTIONS_INVALID'],
    [{ share: 2 }, 'OPTIONS_INVALID'],
    [{ tables: { customers: { rows: 0 } } }, 'OPTIONS_INVALID'],
    [{ tables: { nothing: { rows: 1 } } }, 'CLONE_REFUSED'],
  ])('is refused: %j', async (sample, code) => {
    fleet = await deployment.fleet([schema(deployment, false)]);
    const source = await fleet.tenants.create({ slug: 'acme' });
    await expect(cloneTenant(fleet, source, { slug: 'clone', sample })).rejects.toMatchObject({ code });
  });
});
