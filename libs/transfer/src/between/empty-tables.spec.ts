/** @suite postgres15 */
import type { Tenant } from '@rowhouse/core';
import type { Fleet } from '@rowhouse/migrations/fleet';
import pg from 'pg';
import { migration, TransferDeployment } from '../transfer.fixture.js';
import { copyRows, moveRows } from './copy-and-move.js';

const SHOP = migration('Shop1757000000001', [
  'create table customers (id bigserial primary key, name text not null)',
  `create table events (id bigserial, customer_id bigint not null references customers (id) deferrable initially deferred,
     cause_id bigint, kind text not null, payload text, check (kind <> ''),
     constraint "Events Key" primary key (id), unique nulls not distinct (customer_id, id))`,
  'alter table events add constraint events_cause_fkey foreign key (cause_id) references events (id) on delete set null',
  `comment on constraint "Events Key" on events is 'the key'`,
  'create index "Kind Index" on events (kind, lower(payload)) where cause_id is not null',
  'create index on events (cause_id)',
  'alter table events cluster on "Events Key"',
  'create table notes (event_id bigint references events (id))',
]);

/** More than 16 MiB. */
const FILL = [
  "insert into customers (name) select 'customer ' || n from generate_series(1, 100) n",
  `insert into events (customer_id, cause_id, kind, payload)
     select 1 + n % 100, nullif(n / 2, 0), 'kind ' || n % 7, repeat(md5(n::text), 16) from generate_series(1, 40000) n`,
  'insert into notes select n from generate_series(1, 40000, 100) n',
];

const STRUCTURE = `
  select 'index' as kind, indexname as name, indexdef as definition, obj_description(format('%I.%I', schemaname, indexname)::regclass) as comment
    from pg_indexes where schemaname = $1
  union all
  select 'constraint', conname, pg_get_constraintdef(oid), obj_description(oid, 'pg_constraint') from pg_constraint where connamespace = $1::regnamespace
  order by 1, 2, 3`;

let deployment: TransferDeployment;
let fleet: Fleet;
let acme: Tenant;

beforeAll(async () => {
  deployment = await TransferDeployment.open();
  fleet = await deployment.fleet([SHOP]);
  acme = await fleet.tenants.create({ slug: 'acme' });
  for (const text of FILL) await deployment.query(fleet, acme, text);
});
afterAll(() => deployment.close());

const schemaOf = (tenant: Tenant) => fleet.deployment.schemaOf(tenant);
const structureOf = async (tenant: Tenant) => {
  const { rows } = await deployment.catalog.query(STRUCTURE, [schemaOf(tenant)]);
  return rows.map((row) => JSON.parse(JSON.stringify(row).replaceAll(schemaOf(tenant), 'home')));
};
const contentOf = (tenant: Tenant) =>
  deployment.query(
    fleet,
    tenant,
    `select (select count(*)::int from customers) as customers, (select count(*)::int from notes) as notes, count(*)::int as events,
            sum(hashtextextended(e::text, 0)) as sum from events e`,
  );

it('get many rows, and have the indexes and constraints that they had', async () => {
  const to = await fleet.tenants.create({ slug: 'filled' });
  const before = await structureOf(to);
  await copyRows(fleet, 'acme', 'filled');
  expect(await structureOf(to)).toEqual(before);
  expect(await contentOf(to)).toEqual(await contentOf(acme));
  await deployment.query(fleet, to, "insert into events (customer_id, kind) values (1, 'next')");
});

it('keep a foreign key to a table that has rows, and check it', async () => {
  const to = await fleet.tenants.create({ slug: 'partly' });
  await deployment.query(fleet, to, "insert into customers (id, name) values (1, 'other')");
  const before = await structureOf(to);
  await expect(
    copyRows(fleet, 'acme', 'partly', { tables: ['events'], withDependencies: false }),
  ).rejects.toMatchObject({
    code: 'TRANSFER_CONFLICT',
    message: expect.stringContaining('Take the tables that they refer to as well'),
  });
  expect(await structureOf(to)).toEqual(before);
  expect(await contentOf(to)).toMatchObject([{ customers: 1, events: 0 }]);
  await copyRows(fleet, 'acme', 'partly', { onConflict: 'overwrite' });
  expect(await structureOf(to)).toEqual(before);
  expect(await contentOf(to)).toEqual(await contentOf(acme));
});

it('are as they were when a row does not fit', async () => {
  const to = await fleet.tenants.create({ slug: 'stricter' });
  const owner = await fleet.deployment.registry.directPoolFor(to);
  await owner.query('create unique index one_of_a_kind on events (kind)');
  const before = await structureOf(to);
  await expect(copyRows(fleet, 'acme', 'stricter')).rejects.toMatchObject({ code: 'TRANSFER_CONFLICT' });
  expect(await structureOf(to)).toEqual(before);
  expect(await contentOf(to)).toMatchObject([{ customers: 0, events: 0, notes: 0 }]);
});

it('are filled by a move, too', async () => {
  const from = await fleet.tenants.create({ slug: 'source' });
  await copyRows(fleet, 'acme', 'source');
  const to = await fleet.tenants.create({ slug: 'moved' });
  const before = await structureOf(to);
  await moveRows(fleet, 'source', 'moved');
  expect(await structureOf(to)).toEqual(before);
  expect(await contentOf(to)).toEqual(await contentOf(acme));
  expect(await contentOf(from)).toMatchObject([{ customers: 0, events: 0, notes: 0 }]);
});

it('are locked against readers only where all of this is so', async () => {
  const to = await fleet.tenants.create({ slug: 'read' });
  await deployment.query(fleet, to, "insert into customers (id, name) values (0, 'first')");
  await deployment.query(fleet, to, "insert into events (id, customer_id, kind) values (0, 0, 'first')");
  const reader = new pg.Client(deployment.login.ownerUrl);
  await reader.connect();
  await reader.query('begin');
  await reader.query(`select * from ${schemaOf(to)}.events, ${schemaOf(to)}.customers`);
  await copyRows(fleet, 'acme', 'read', { tables: ['events'] });
  await reader.query('commit');
  await reader.end();
  expect(await contentOf(to)).toMatchObject([{ customers: 101, events: 40_001 }]);
});
