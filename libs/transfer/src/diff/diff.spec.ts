import type { Tenant, TenantIsolation } from '@rowhouse/core';
import type { Fleet } from '@rowhouse/migrations/fleet';
import { DiffRefusedError } from '../errors.js';
import { migration, TransferDeployment, wall } from '../transfer.fixture.js';
import { type DiffOptions, diffTenants } from './diff-tenants.js';

const TABLES = migration('Shop1757000000001', [
  'create table customers (id int primary key, name text, data jsonb, score float8)',
  'create table "Weird Name" ("The Key" text, "Other Key" numeric, note text, primary key ("The Key", "Other Key"))',
  'create table visits (at timestamptz, page text)',
  'create table bare ()',
  ...['customers', '"Weird Name"', 'visits', 'bare'].flatMap(wall),
]);

let deployment: TransferDeployment;
let fleet: Fleet;
beforeAll(async () => {
  deployment = await TransferDeployment.open();
  fleet = await deployment.fleet([TABLES]);
});
afterAll(() => deployment.close());

let count = 0;
const create = (isolation: TenantIsolation) => fleet.tenants.create({ slug: `t-${++count}`, isolation });
const run = (tenant: Tenant, text: string) => deployment.query(fleet, tenant, text);

async function diff(before: Tenant, after: Tenant, options?: DiffOptions) {
  const found = diffTenants(fleet, before, after, options);
  const changes = [];
  for await (const change of found) changes.push(change);
  return { changes, report: found.report };
}

const PAIRS: readonly (readonly [TenantIsolation, TenantIsolation])[] = [
  ['schema', 'database'],
  ['row', 'schema'],
  ['database', 'row'],
];

describe.each(PAIRS)('a diff of a tenant with isolation %s and one with %s', (one, other) => {
  it('finds rows that were added, removed and changed, whatever their keys', async () => {
    const [before, after] = [await create(one), await create(other)];
    const base = count * 100;
    for (const tenant of [before, after]) {
      await run(
        tenant,
        `insert into customers values (${base} + 1, 'Ada', '{"a": 1}', 'NaN'), (${base} + 2, null, null, 1.5), (${base} + 10, 'Zoë', 'null', 0.1)`,
      );
      await run(
        tenant,
        `insert into "Weird Name" values ('z${base}', 1.50, 'a'), ('🐘${base}', 'NaN', 'b'), ('\uffee${base}', 3, 'tab\t\\N')`,
      );
      await run(
        tenant,
        `insert into visits values ('2026-01-01 00:00Z', 'a'), ('2026-01-01 00:00Z', 'a'), (null, null)`,
      );
      await run(tenant, 'insert into bare default values');
    }
    expect(await diff(before, after)).toMatchObject({ changes: [], report: { isEqual: true } });

    await run(after, `update customers set name = 'Bob', score = null where id = ${base} + 2`);
    await run(after, `delete from customers where id = ${base} + 10`);
    await run(after, `insert into customers values (${base} + 3, 'Cy', null, null)`);
    await run(after, `update "Weird Name" set note = null where note = 'b'`);
    await run(after, `insert into "Weird Name" values ('\ue000${base}', 1, 'new')`);
    await run(after, `insert into visits values ('2026-01-01 00:00Z', 'a')`);
    await run(after, `delete from visits where at is null`);
    await run(after, 'insert into bare default values');
    const { changes, report } = await diff(before, after);
    expect(report.isEqual).toBe(false);
    const customers = changes.filter(({ table }) => table === 'customers');
    expect(customers).toHaveLength(3);
    expect(customers).toContainEqual(
      expect.objectContaining({ kind: 'removed', key: { id: `${base + 10}` } }),
    );
    expect(customers).toContainEqual(expect.objectContaining({ kind: 'added', key: { id: `${base + 3}` } }));
    expect(customers).toContainEqual({
      table: 'customers',
      kind: 'changed',
      key: { id: `${base + 2}` },
      before: { id: `${base + 2}`, name: null, data: null, score: '1.5' },
      after: { id: `${base + 2}`, name: 'Bob', data: null, score: null },
      columns: ['name', 'score'],
    });
    expect(changes.filter(({ table }) => table === 'Weird Name')).toMatchObject([
      { kind: 'added', key: { 'The Key': `\ue000${base}`, 'Other Key': '1' } },
      { kind: 'changed', key: { 'The Key': `🐘${base}`, 'Other Key': 'NaN' }, columns: ['note'] },
    ]);
    expect(changes.filter(({ table }) => table === 'visits')).toEqual([
      { table: 'visits', kind: 'removed', key: {}, before: { at: null, page: null } },
      { table: 'visits', kind: 'added', key: {}, after: { at: '2026-01-01 00:00:00+00', page: 'a' } },
    ]);
    expect(report.tables).toContainEqual(
      expect.objectContaining({ name: 'bare', added: 1, removed: 0, changed: 0, key: [] }),
    );
    const keys = await diff(before, after, { keysOnly: true, tables: ['customers'], limit: 2 });
    expect(keys.changes).toHaveLength(2);
    expect(keys.report.tables).toMatchObject([{ name: 'customers', added: 1, removed: 1, changed: 1 }]);
    expect(Object.keys(keys.changes[0] ?? {})).toEqual(['table', 'kind', 'key']);
  });
});

it('names what only one side has', async () => {
  const later = await deployment.fleet([
    TABLES,
    migration('More1757000000002', ['create table more (id int)', 'alter table customers add extra int']),
  ]);
  const [old, young] = [await create('schema'), await later.tenants.create({ slug: 'young' })];
  const { report } = await diff(old, young);
  expect(report).toMatchObject({ isEqual: false, tablesOnlyBefore: [], tablesOnlyAfter: ['more'] });
  expect(report.tables.find(({ name }) => name === 'customers')).toMatchObject({
    columnsOnlyBefore: [],
    columnsOnlyAfter: ['extra'],
  });
});

it('refuses tables that are not there, and ends when it is aborted', async () => {
  const [one, two] = [await create('schema'), await create('schema')];
  await expect(diff(one, two, { tables: ['nope'] })).rejects.toThrow(DiffRefusedError);
  await run(one, 'insert into customers (id) select n from generate_series(1, 50000) n');
  const abort = new AbortController();
  const stopped = (async () => {
    for await (const _ of diffTenants(fleet, one, two, { signal: abort.signal })) abort.abort();
  })();
  await expect(stopped).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }));
  for await (const _ of diffTenants(fleet, one, two)) break;
  expect(
    (await diff(one, two, { keysOnly: true, limit: 1 })).report.tables[1]?.removed ?? 0,
  ).toBeGreaterThanOrEqual(0);
});
