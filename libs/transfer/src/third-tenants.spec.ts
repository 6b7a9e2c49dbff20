import type { Tenant } from '@rowhouse/core';
import type { Fleet } from '@rowhouse/migrations/fleet';
import { walls } from './between/between.fixture.js';
import { copyRows, moveRows } from './between/copy-and-move.js';
import { importInto } from './import/import-into.js';
import { importTenant } from './import/import-tenant.js';
import { takeBack } from './take-back/take-back.js';
import { undoTakeBack } from './take-back/undo-take-back.js';
import { migration, TransferDeployment, wall } from './transfer.fixture.js';

// Foreign keys know no policies: a row of one tenant can refer to a row of another, in tables that both share.

let deployment: TransferDeployment;
let fleet: Fleet;
let acme: Tenant;
let third: Tenant;
const run = (tenant: Tenant, text: string) => deployment.query(fleet, tenant, text);

async function open(statements: readonly string[], secured: readonly string[], byPolicies = walls) {
  const all = [...statements, ...secured.flatMap((table) => byPolicies(table, deployment.roles))];
  fleet = await deployment.fleet([migration('Shop1757000000001', all)]);
  acme = await fleet.tenants.create({ slug: 'acme', isolation: 'row' });
  third = await fleet.tenants.create({ slug: 'third', isolation: 'row' });
}

beforeEach(async () => {
  deployment = await TransferDeployment.open();
});
afterEach(() => deployment.close());

describe('rows of a third tenant that refer to rows by ON DELETE', () => {
  const TABLES = [
    'create table orders (id serial primary key, text text)',
    'create table lines (id uuid primary key default gen_random_uuid(), order_id int references orders (id) on delete cascade, text text)',
    'create table notes (id uuid primary key default gen_random_uuid(), order_id int references orders (id) on delete set null, text text)',
  ];
  const theirs = async () => ({
    lines: await run(third, 'select text from lines order by 1'),
    notes: await run(third, 'select order_id, text from notes order by 1'),
  });
  const refers = async () => {
    await run(acme, `insert into orders (id, text) values (1, 'a'), (2, 'b')`);
    await run(acme, `insert into lines (order_id, text) values (1, 'of acme')`);
    await run(third, `insert into lines (order_id, text) values (1, 'of the third')`);
    await run(third, `insert into notes (order_id, text) values (1, 'of the third')`);
  };

  it.each(['schema', 'row', 'database'] as const)(
    'stay when those are moved to isolation %s',
    async (isolation) => {
      await open(TABLES, ['orders', 'lines', 'notes']);
      await refers();
      await fleet.tenants.create({ slug: 'to', isolation });
      const before = await theirs();
      const move = moveRows(fleet, 'acme', 'to', isolation === 'row' ? { onConflict: 'remap' } : {});
      await expect(move).rejects.toMatchObject({ code: 'TRANSFER_REFUSED' });
      expect(await theirs()).toEqual(before);
    },
  );

  it('stay when those are taken back', async () => {
    await open(TABLES, ['orders', 'lines', 'notes']);
    await refers();
    const before = await theirs();
    const from = await fleet.tenants.create({ slug: 'from', isolation: 'schema' });
    await expect(takeBack(fleet, acme, { from, tables: ['orders', 'lines'] })).rejects.toThrow(
      'Rows of other tenants in lines',
    );
    expect(await theirs()).toEqual(before);
    expect(await run(acme, 'select id from orders order by 1')).toHaveLength(2);
  });

  it('are looked for by an undo as well', async () => {
    await open(TABLES, ['orders', 'lines', 'notes']);
    const from = await fleet.tenants.create({ slug: 'from', isolation: 'schema' });
    await run(from, `insert into orders (id, text) values (7, 'of then')`);
    await takeBack(fleet, acme, { from, tables: ['orders'] });
    await run(third, `insert into lines (order_id, text) values (7, 'of the third')`);
    await expect(undoTakeBack(fleet, acme)).rejects.toThrow('Rows of other tenants in lines');
  });

  it('end a move where nobody could see them', async () => {
    await open(
      [
        'create table orders (id int primary key)',
        'create table lines (order_id int references orders on delete cascade)',
      ],
      ['orders', 'lines'],
      wall,
    );
    await fleet.tenants.create({ slug: 'to', isolation: 'schema' });
    await run(acme, 'insert into orders values (1)');
    await run(third, 'insert into lines (order_id) values (1)');
    await expect(moveRows(fleet, 'acme', 'to')).rejects.toThrow(
      'Nobody can see whether rows of other tenants',
    );
    expect(await run(third, 'select order_id from lines')).toEqual([{ order_id: 1 }]);
  });
});

it('rows of a third tenant stay as they are when rows are written over that they follow by ON UPDATE', async () => {
  await open(
    [
      'create table customers (id int primary key, code text unique, name text)',
      'create table orders (id uuid primary key default gen_random_uuid(), code text references customers (code) on update cascade)',
    ],
    ['customers', 'orders'],
  );
  const from = await fleet.tenants.create({ slug: 'from', isolation: 'schema' });
  await run(acme, `insert into customers values (1, 'old', 'a')`);
  await run(third, `insert into orders (code) values ('old')`);
  await run(from, `insert into customers values (1, 'new', 'b')`);
  const overwrite = () => copyRows(fleet, 'from', 'acme', { tables: ['customers'], onConflict: 'overwrite' });
  await expect(overwrite()).rejects.toThrow('would carry that over to rows of orders');
  await run(from, `update customers set code = 'old'`);
  await overwrite();
  expect(await run(acme, 'select code, name from customers')).toEqual([{ code: 'old', name: 'b' }]);
  expect(await run(third, 'select code from orders')).toEqual([{ code: 'old' }]);
});

describe('a row with the largest value of a sequence that all share', () => {
  beforeEach(async () => {
    await open(['create table orders (id serial primary key, text text)'], ['orders']);
    const own = await fleet.tenants.create({ slug: 'own', isolation: 'schema' });
    await run(own, `insert into orders (id, text) values (2147483647, 'sentinel'), (40, 'forty')`);
    await fleet.tenants.create({ slug: 'to', isolation: 'row' });
  });

  it.each([
    ['is imported', async (path: string) => importTenant(fleet, path, { slug: 'other', isolation: 'row' })],
    ['is imported into a tenant', (path: string) => importInto(fleet, path, 'to')],
    ['is copied', () => copyRows(fleet, 'own', 'to')],
    ['is copied with new keys', () => copyRows(fleet, 'own', 'to', { onConflict: 'remap' })],
  ])('leaves values for others when it %s', async (_, bring) => {
    await bring(await deployment.archive(fleet, await fleet.tenants.find('own')));
    await run(third, `insert into orders (text) values ('next')`);
    expect(await run(third, 'select id < 100000 as "isLow" from orders')).toEqual([{ isLow: true }]);
  });
});

it('a trigger on a partition of a table that all share refuses an import and a take back', async () => {
  await open(
    [
      'create table parts (id int, kind int, primary key (id, kind)) partition by list (kind)',
      'create table parts_1 partition of parts for values in (1)',
      'create function note() returns trigger language plpgsql as $$ begin return new; end $$',
      ...walls('parts', deployment.roles),
      'create trigger own after insert on parts_1 for each row execute function note()',
    ],
    [],
  );
  const from = await fleet.tenants.create({ slug: 'from', isolation: 'schema' });
  await run(from, 'insert into parts values (1, 1)');
  const archive = await deployment.archive(fleet, from);
  await expect(importTenant(fleet, archive, { slug: 'copy', isolation: 'row' })).rejects.toThrow('parts_1');
  await expect(takeBack(fleet, acme, { from })).rejects.toThrow('parts_1');
});

it('a take back and its undo are in the audit trail, and not committed for a tenant that is gone', async () => {
  await open(['create table orders (id serial primary key, text text)'], ['orders']);
  const from = await fleet.tenants.create({ slug: 'from', isolation: 'schema' });
  await run(from, `insert into orders (text) values ('of then')`);
  const by = { id: 'ops', type: 'operator' as const };
  await takeBack(fleet, acme, { from }, { by });
  await undoTakeBack(fleet, acme, { by });
  const { rows } = await deployment.catalog.query(
    `select action, actor ->> 'id' as by from (select action, actor from rowhouse.audit_pending union all select action, actor from rowhouse.audit_entries) a where action like 'rows.%' order by 1`,
  );
  expect(rows).toEqual([
    { action: 'rows.take_back_undone', by: 'ops' },
    { action: 'rows.taken_back', by: 'ops' },
  ]);
  await fleet.tenants.delete('acme');
  await expect(takeBack(fleet, acme, { from })).rejects.toMatchObject({ code: 'TAKE_BACK_REFUSED' });
  expect(await run(acme, 'select from orders')).toEqual([]);
});
