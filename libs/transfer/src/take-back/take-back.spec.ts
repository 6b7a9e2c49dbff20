import type { Tenant, TenantIsolation } from '@rowhouse/core';
import type { Fleet } from '@rowhouse/migrations/fleet';
import { walls } from '../between/between.fixture.js';
import { diffTenants } from '../diff/diff-tenants.js';
import { TakeBackRefusedError } from '../errors.js';
import { migration, TransferDeployment } from '../transfer.fixture.js';
import { type TakeBackOptions, takeBack } from './take-back.js';
import { undoTakeBack } from './undo-take-back.js';

const shopOf = ({ roles }: TransferDeployment) =>
  migration('Shop1757000000001', [
    `create table customers (id int generated always as identity primary key, email text, boss_id int references customers on delete set null)`,
    `create table "Order Lines" (order_no text, n int, customer_id int not null references customers on delete cascade, price numeric(8, 2),
     twice numeric generated always as (price * 2) stored, primary key (order_no, n))`,
    'create table visits (page text, at timestamptz)',
    ...['customers', '"Order Lines"', 'visits'].flatMap((table) => walls(table, roles)),
    'create unique index on customers (tenant_id, email)',
  ]);

let deployment: TransferDeployment;
let fleet: Fleet;
beforeAll(async () => {
  deployment = await TransferDeployment.open();
  fleet = await deployment.fleet([shopOf(deployment)]);
});
afterAll(() => deployment.close());

let count = 0;
const create = (isolation: TenantIsolation) => fleet.tenants.create({ slug: `t-${++count}`, isolation });
const run = (tenant: Tenant, text: string) => deployment.query(fleet, tenant, text);
const take = (tenant: Tenant, options: TakeBackOptions) => takeBack(fleet, tenant, options);

/** Row tenants share the keys of their tables. */
async function fill(tenant: Tenant, key: number): Promise<void> {
  await run(
    tenant,
    `insert into customers (id, email, boss_id) overriding system value values (${key} + 1, 'ada', null), (${key} + 2, 'bob', ${key} + 1), (${key} + 3, 'cy', ${key} + 2)`,
  );
  await run(
    tenant,
    `insert into "Order Lines" values ('${key}', 1, ${key} + 1, 1.50), ('${key}', 2, ${key} + 2, null), ('x${key}', 1, ${key} + 2, 3)`,
  );
  await run(tenant, `insert into visits values ('a', null), ('a', null), ('b', '2026-01-01 00:00Z')`);
}

async function stateOf(tenant: Tenant) {
  const state: Record<string, unknown> = {};
  for (const table of ['customers', '"Order Lines"', 'visits'])
    state[table] = await run(
      tenant,
      `select to_jsonb(t) - 'tenant_id' as row from ${table} t order by (to_jsonb(t) - 'tenant_id')::text collate "C"`,
    );
  return state;
}

async function isEqual(one: Tenant, other: Tenant): Promise<boolean> {
  const diff = diffTenants(fleet, one, other);
  for await (const _ of diff);
  return diff.report.isEqual;
}

const PAIRS: readonly (readonly [TenantIsolation, TenantIsolation])[] = [
  ['schema', 'schema'],
  ['database', 'row'],
  ['row', 'schema'],
];

describe.each(PAIRS)('rows of a tenant with isolation %s, taken from one with %s', (isolation, other) => {
  it('become what they were, and by an undo what they had become', async () => {
    const [live, then, bystander] = [await create(isolation), await create(other), await create(isolation)];
    const key = count * 100;
    await fill(live, key);
    await fill(then, key === 0 || isolation !== other ? key : key);
    await fill(bystander, key + 50);
    const untouched = await stateOf(bystander);

    await run(live, `delete from "Order Lines" where order_no = 'x${key}'`);
    await run(live, `update customers set boss_id = null where id = ${key} + 3`);
    await run(live, `update "Order Lines" set customer_id = ${key} + 3, price = 7 where n = 2`);
    await run(live, `delete from customers where id = ${key} + 2`);
    await run(
      live,
      `insert into customers (id, email, boss_id) overriding system value values (${key} + 7, 'new', ${key} + 1), (${key} + 8, 'newer', ${key} + 7)`,
    );
    await run(live, `insert into "Order Lines" values ('new', 1, ${key} + 8, 1)`);
    await run(
      live,
      `insert into visits values ('a', null); delete from visits where page = 'b'`.split(';')[0] ?? '',
    );
    await run(live, `delete from visits where page = 'b'`);
    const changed = await stateOf(live);

    const report = await take(live, { from: then });
    expect(report.tables).toContainEqual({ name: 'customers', inserted: 1, updated: 1, deleted: 2 });
    expect(report.tables).toContainEqual({ name: 'Order Lines', inserted: 1, updated: 1, deleted: 1 });
    expect(report.tables).toContainEqual({ name: 'visits', inserted: 1, updated: 0, deleted: 1 });
    expect(await isEqual(live, then)).toBe(true);
    expect(await take(live, { from: then })).toEqual({ id: undefined, tables: [], rows: 0 });

    expect(await undoTakeBack(fleet, live)).toMatchObject({ from: then.slug });
    expect(await stateOf(live)).toEqual(changed);
    await expect(undoTakeBack(fleet, live)).rejects.toThrow(TakeBackRefusedError);
    expect(await stateOf(bystander)).toEqual(untouched);
  });

  it('may be one table, or single rows', async () => {
    const [live, then] = [await create(isolation), await create(other)];
    const key = count * 100;
    await fill(live, key);
    await fill(then, key);
    await run(live, 'update "Order Lines" set price = 9');
    await run(live, `update customers set email = email || '!'`);
    expect(
      await take(live, { from: then, rows: [{ table: 'Order Lines', key: [`${key}`, '2'] }] }),
    ).toMatchObject({
      tables: [{ name: 'Order Lines', inserted: 0, updated: 1, deleted: 0 }],
    });
    expect(await take(live, { from: then, tables: ['Order Lines'] })).toMatchObject({ rows: 2 });
    expect(await run(live, `select count(*)::int as n from customers where email like '%!'`)).toEqual([
      { n: 3 },
    ]);
    await undoTakeBack(fleet, live);
    await undoTakeBack(fleet, live);
    expect(await run(live, 'select count(*)::int as n from "Order Lines" where price = 9')).toEqual([
      { n: 3 },
    ]);
    const lines = (...keys: string[][]) => keys.map((one) => ({ table: 'Order Lines', key: one }));
    const stays = await stateOf(live);
    await expect(
      take(live, { from: then, rows: lines([`${key}`, '2'], [`${key}`, '77'], ['x', 'y']) }),
    ).rejects.toMatchObject({
      code: 'ROW_NOT_FOUND',
      status: 404,
      message: expect.stringContaining(`Order Lines:${key},77; Order Lines:x,y. Nothing`),
    });
    expect(await stateOf(live)).toEqual(stays);
    await run(then, `delete from "Order Lines" where n = 2`);
    expect(await take(live, { from: then, rows: lines([`${key}`, '2']) })).toMatchObject({
      tables: [{ name: 'Order Lines', inserted: 0, updated: 0, deleted: 1 }],
    });
    await expect(take(live, { from: then, rows: [{ table: 'Order Lines', key: ['1'] }] })).rejects.toThrow(
      'The key of the table Order Lines is order_no, n',
    );
  });

  it('stay as they are where others would break, and where they were changed since', async () => {
    const [live, then] = [await create(isolation), await create(other)];
    const key = count * 100;
    await fill(live, key);
    await fill(then, key);
    await run(live, `insert into customers (id, email) overriding system value values (${key} + 9, 'nine')`);
    await run(live, `insert into "Order Lines" values ('nine', 1, ${key} + 9, 1)`);
    const before = await stateOf(live);
    const refused = take(live, { from: then, tables: ['customers'] });
    await expect(refused).rejects.toThrow(TakeBackRefusedError);
    await expect(refused).rejects.toThrow('Order Lines');
    expect(await stateOf(live)).toEqual(before);

    await take(live, { from: then });
    await run(live, `insert into customers (id, email) overriding system value values (${key} + 9, 'other')`);
    const after = await stateOf(live);
    await expect(undoTakeBack(fleet, live)).rejects.toThrow(TakeBackRefusedError);
    expect(await stateOf(live)).toEqual(after);
    await run(live, `delete from customers where id = ${key} + 9`);
    await undoTakeBack(fleet, live);
    expect(await stateOf(live)).toEqual(before);
  });

  it('swap unique values', async () => {
    const [live, then] = [await create(isolation), await create(other)];
    const key = count * 100;
    await fill(live, key);
    await fill(then, key);
    await run(live, `update customers set email = 'ada-2' where email = 'ada'`);
    await run(live, `insert into customers (id, email) overriding system value values (${key} + 9, 'ada')`);
    await take(live, { from: then });
    expect(await isEqual(live, then)).toBe(true);
  });
});

it('sequences go past the rows that come back', async () => {
  const [live, then] = [await create('schema'), await create('schema')];
  await run(then, `insert into customers (id, email) overriding system value values (500, 'high')`);
  await take(live, { from: then });
  expect(await run(live, `insert into customers (email) values ('next') returning id`)).toEqual([
    { id: 501 },
  ]);
});

it('two at once, and one whose tables have had other migrations', async () => {
  const [live, then] = [await create('schema'), await create('schema')];
  await fill(then, 0);
  const both = await Promise.all([take(live, { from: then }), take(live, { from: then })]);
  expect(both.map(({ rows }) => rows).sort()).toEqual([0, 9]);
  const later = await deployment.fleet([
    shopOf(deployment),
    migration('More1757000000002', ['alter table visits add extra int']),
  ]);
  const young = await later.tenants.create({ slug: 'young' });
  await expect(take(live, { from: young })).rejects.toThrow('different migrations');
  await expect(take(live, { from: live })).rejects.toThrow(TakeBackRefusedError);
});
